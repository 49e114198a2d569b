use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// TLS could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum Invalid {
    /// A fault of ours or of the build.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
    /// The file of further authorities is missing or holds something else.
    #[error("the certificates in {file} cannot be read")]
    Authorities {
        /// Its path.
        file: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Trusts the public authorities and those in the file.
pub(super) fn config(ca_file: Option<&Path>) -> Result<ClientConfig, Invalid> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(file) = ca_file {
        let wrong = |source: Box<dyn std::error::Error + Send + Sync>| Invalid::Authorities { file: file.display().to_string(), source };
        for authority in CertificateDer::pem_file_iter(file).map_err(|error| wrong(error.into()))? {
            let authority = authority.map_err(|error| wrong(error.into()))?;
            roots.add(authority).map_err(|error| wrong(error.into()))?;
        }
    }
    Ok(ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}
