//! From names to addresses.
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;

/// The answer of a resolver.
pub type Resolving<'a> = Pin<Box<dyn Future<Output = Result<Vec<IpAddr>, String>> + Send + 'a>>;

/// Finds the addresses of a name. Asked once per call and hop; the connection goes to what it answered and nothing else.
pub trait Resolve: Send + Sync {
    /// All addresses of `host`, or why there are none.
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a>;
}

/// The operating system's resolver.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await.map_err(|_| "the name does not resolve".to_owned())?;
            let mut addresses: Vec<IpAddr> = found.map(|address| address.ip()).collect();
            addresses.dedup();
            Ok(addresses)
        })
    }
}
