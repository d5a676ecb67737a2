//! What became of the cases.

use std::fmt;

/// What became of each case of a run.
#[derive(Debug, Clone, Default)]
pub struct Report {
    results: Vec<CaseResult>,
}

/// A case and what became of it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CaseResult {
    /// The case's name, which is also that of its test.
    pub case: &'static str,
    /// What became of it.
    pub verdict: Verdict,
}

/// What became of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The Type does what the contract says.
    Passed,
    /// The case is about something that the profile says is not there, and why.
    NotApplicable(String),
    /// What the Type does instead.
    Failed(String),
}

impl Report {
    pub(crate) fn push(&mut self, case: &'static str, verdict: Verdict) {
        self.results.push(CaseResult { case, verdict });
    }

    /// All cases, in the order of the run.
    pub fn results(&self) -> &[CaseResult] {
        &self.results
    }

    /// The cases that failed, and why.
    pub fn failed(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.results.iter().filter_map(|result| match &result.verdict {
            Verdict::Failed(why) => Some((result.case, why.as_str())),
            Verdict::Passed | Verdict::NotApplicable(_) => None,
        })
    }

    /// Whether none failed.
    pub fn is_green(&self) -> bool {
        self.failed().next().is_none()
    }
}

impl fmt::Display for Report {
    /// Writes a line for each case that failed, then the counts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut failed = 0;
        for (case, why) in self.failed() {
            failed += 1;
            writeln!(f, "{case}: {why}")?;
        }
        let skipped = self.results.iter().filter(|result| matches!(result.verdict, Verdict::NotApplicable(_))).count();
        let passed = self.results.len() - failed - skipped;
        write!(f, "{passed} passed, {failed} failed, {skipped} not applicable")
    }
}
