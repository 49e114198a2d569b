//! What strangers cannot make the server write.

use std::path::Path;
use std::time::Duration;

use thaiyyal_testkit::process::Process;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test]
async fn nobody_without_a_key_can_fill_the_log_with_warnings() -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let data = dir.path().join("data");
    let args = ["dev", "--addr", "127.0.0.1:0", "--data-dir", data.to_str().expect("a temporary folder has a plain name")];
    let mut server = Process::start(Path::new(env!("CARGO_BIN_EXE_thaiyyal")), "dev", dir.path(), &args, &[])?;
    let base = server.ready(Duration::from_secs(30)).await?;
    let login = "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    for request in [
        "nonsense\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nbad header\r\n\r\n".to_owned(),
        format!("{login}Content-Length: two\r\n\r\n{{}}"),
        format!("{login}Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
        format!("{login}Content-Length: 100\r\n\r\n{{\"email\""),
        format!("GET / HTTP/1.1\r\nX-Long: {}\r\n\r\n", "x".repeat(1 << 20)),
    ] {
        let mut stream = TcpStream::connect(base.trim_start_matches("http://")).await?;
        // The server may have had enough before the end.
        let _ = stream.write_all(request.as_bytes()).await;
        let _ = stream.shutdown().await;
        let _ = stream.read_to_end(&mut Vec::new()).await;
    }
    server.signal("TERM").await?;
    server.wait(Duration::from_secs(60)).await?;
    let log = server.log();
    assert!(log.contains("\"level\":\"INFO\""), "{log}");
    let loud: Vec<_> = log.lines().filter(|line| line.contains("\"level\":\"ERROR\"") || line.contains("\"level\":\"WARN\"")).collect();
    assert!(loud.is_empty(), "{loud:#?}");
    Ok(())
}
