//! How archived objects are made readable.

/// How an archived object is made readable.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RestoreOptions {
    /// For how many days; `None` for one. OSS: 1 to 7 for `Archive`, 1 to 365 for the cold classes.
    pub days: Option<u32>,
    /// How fast, as the store spells it; `None` for its default. OSS, for the cold classes: `Expedited`, `Standard`,
    /// `Bulk`.
    pub tier: Option<String>,
}

impl RestoreOptions {
    /// Readable for this many days.
    #[must_use]
    pub fn with_days(mut self, days: u32) -> Self {
        self.days = Some(days);
        self
    }

    /// Restored this fast.
    #[must_use]
    pub fn with_tier(mut self, tier: impl Into<String>) -> Self {
        self.tier = Some(tier.into());
        self
    }
}
