//! HTTPS by a certificate that is given.

use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Reads certificate chain and key. The error is for people; it holds nothing of the key.
pub(crate) fn acceptor(certificates_pem: &[u8], key_pem: &[u8]) -> Result<TlsAcceptor, String> {
    let certificates = CertificateDer::pem_slice_iter(certificates_pem).collect::<Result<Vec<_>, _>>();
    let certificates = certificates.map_err(|error| format!("the certificate is not PEM: {error}"))?;
    if certificates.is_empty() {
        return Err("no certificate stands in what was given; write its PEM, from BEGIN to END CERTIFICATE".to_owned());
    }
    let key = PrivateKeyDer::from_pem_slice(key_pem).map_err(|_| "the private key is not PEM".to_owned())?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .map_err(|error| error.to_string())?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
