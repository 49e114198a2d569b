//! A TCP relay in front of a server, which a test can cut or silence: the server goes on, but nobody reaches it.

use std::net::SocketAddr;

use anyhow::Context;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A relay; ends with the process.
pub struct Proxy {
    addr: SocketAddr,
    weather: watch::Sender<Weather>,
}

/// What happens to connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// They work.
    Fair,
    /// They are cut, and new ones are cut at once.
    Cut,
    /// They stay open, and nothing arrives any more.
    Fog,
}

impl Proxy {
    /// Starts a relay to `host:port`.
    pub async fn start(upstream: &str) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let addr = listener.local_addr()?;
        let weather = watch::Sender::new(Weather::Fair);
        #[expect(clippy::disallowed_methods, reason = "lives as long as the process; there is no shutdown to wait for")]
        tokio::spawn(relay(listener, upstream.to_owned(), weather.subscribe()));
        Ok(Self { addr, weather })
    }

    /// Starts a relay to the server a URL names; the URL that goes through it.
    pub async fn in_front_of(url: &str) -> anyhow::Result<(Self, String)> {
        let (scheme, rest) = url.split_once("://").with_context(|| format!("{url} is no URL"))?;
        let (authority, path) = rest.find(['/', '?']).map_or((rest, ""), |at| rest.split_at(at));
        let (user, host) = authority.rsplit_once('@').map_or((String::new(), authority), |(user, host)| (format!("{user}@"), host));
        let proxy = Self::start(host).await?;
        let through = format!("{scheme}://{user}{}{path}", proxy.addr);
        Ok((proxy, through))
    }

    /// Changes what happens to connections, those that are open and those to come.
    pub fn set(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }
}

#[expect(clippy::disallowed_methods, reason = "lives as long as the process; there is no shutdown to wait for")]
async fn relay(listener: TcpListener, upstream: String, weather: watch::Receiver<Weather>) {
    while let Ok((near, _)) = listener.accept().await {
        if *weather.borrow() != Weather::Cut {
            tokio::spawn(carry(near, upstream.clone(), weather.clone()));
        }
    }
}

async fn carry(near: TcpStream, upstream: String, mut weather: watch::Receiver<Weather>) {
    let Ok(far) = TcpStream::connect(&upstream).await else { return };
    let _ = near.set_nodelay(true);
    let _ = far.set_nodelay(true);
    let (from_near, to_near) = near.into_split();
    let (from_far, to_far) = far.into_split();
    tokio::select! {
        () = pass(from_near, to_far, weather.clone()) => {}
        () = pass(from_far, to_near, weather.clone()) => {}
        // Dropping both halves of both cuts them. Without its sender the weather stays as it is.
        Ok(_) = weather.wait_for(|weather| *weather == Weather::Cut) => {}
        else => {}
    }
}

async fn pass(mut from: impl AsyncReadExt + Unpin, mut to: impl AsyncWriteExt + Unpin, mut weather: watch::Receiver<Weather>) {
    let mut buffer = vec![0; 16 << 10];
    loop {
        let Ok(read @ 1..) = from.read(&mut buffer).await else { return };
        if weather.wait_for(|weather| *weather != Weather::Fog).await.is_err() || to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
