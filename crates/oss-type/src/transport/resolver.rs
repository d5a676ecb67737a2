//! Names to addresses.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::vec;

use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use tower_service::Service;

/// The system's resolver, except that `localhost` and every name below it mean this machine without asking, as RFC 6761
/// §6.3 has it. So `docs.localhost` works as a virtual host of the embedded server everywhere.
#[derive(Debug, Clone)]
pub(crate) struct Resolver(GaiResolver);

impl Resolver {
    pub(crate) fn new() -> Self {
        Self(GaiResolver::new())
    }
}

impl Service<Name> for Resolver {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let text = name.as_str();
        if text.eq_ignore_ascii_case("localhost") || text.to_ascii_lowercase().ends_with(".localhost") {
            let here = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
            let addresses: Vec<_> = here.into_iter().map(|address| SocketAddr::new(address, 0)).collect();
            return Box::pin(async { Ok(addresses.into_iter()) });
        }
        let asked = self.0.call(name);
        Box::pin(async { Ok(asked.await?.collect::<Vec<_>>().into_iter()) })
    }
}
