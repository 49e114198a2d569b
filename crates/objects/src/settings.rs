use secrecy::SecretString;
use serde::Deserialize;

/// Where large values are kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// `file:///folder` (one machine, or a file system that all share) or `s3://bucket/prefix`; empty for none: values that do not fit
    /// into memory then fail, and all others stay in the journal. The same for every process.
    pub url: String,
    /// The address of an S3-compatible service that is not Amazon's, such as `https://minio.example.com:9000`.
    pub endpoint: String,
    /// The region of the bucket.
    pub region: String,
    /// The key to sign requests with. Without a secret the process uses the rights of its machine or service account.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: Option<SecretString>,
    /// Lets the service be reached without TLS.
    pub allow_http: bool,
    /// An output or input of a step that takes more bytes of memory than this is kept as an object instead of in the journal.
    pub journal_bytes: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            url: String::new(),
            endpoint: String::new(),
            region: "us-east-1".to_owned(),
            access_key_id: String::new(),
            secret_access_key: None,
            allow_http: false,
            journal_bytes: 64 << 10,
        }
    }
}
