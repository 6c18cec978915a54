//! How to reach the database: the same address, and the same words about TLS, as `SeaORM`'s driver takes.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use sea_orm::sqlx::postgres::{PgConnectOptions, PgSslMode};
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;
use url::Url;

use super::super::postgres::Timeouts;

/// How to open a connection.
#[derive(Clone)]
pub struct Address {
    pub config: Config,
    pub tls: MakeRustlsConnect,
    pub timeouts: Timeouts,
}

impl Address {
    /// The address that a URL names.
    ///
    /// # Errors
    /// What stands against pipelines to this database.
    pub fn of(url: &str, timeouts: Timeouts) -> Result<Self, String> {
        let options = PgConnectOptions::from_str(url).map_err(|error| error.to_string())?;
        let url = Url::parse(url).map_err(|error| error.to_string())?;
        let parameters: HashMap<_, _> = url.query_pairs().collect();
        // As libpq has it: what the address leaves out comes from the environment.
        let given = |names: [&str; 2], variable: &str| {
            let named = names
                .iter()
                .find_map(|name| parameters.get(*name))
                .map(ToString::to_string);
            named.or_else(|| std::env::var(variable).ok())
        };
        if given(["sslcert", "ssl-cert"], "PGSSLCERT").is_some() {
            return Err("the address names a client's certificate".to_owned());
        }
        let root = given(["sslrootcert", "ssl-root-cert"], "PGSSLROOTCERT");
        let (mode, tls) = match options.get_ssl_mode() {
            PgSslMode::Disable | PgSslMode::Allow => (SslMode::Disable, unverified()),
            PgSslMode::Prefer => (SslMode::Prefer, unverified()),
            PgSslMode::Require => (SslMode::Require, unverified()),
            PgSslMode::VerifyFull => (SslMode::Require, verified(root.as_deref())),
            PgSslMode::VerifyCa => return Err("the address has sslmode=verify-ca".to_owned()),
        };
        let mut config = Config::new();
        match options.get_socket() {
            Some(folder) => config.host_path(folder),
            None => config.host(options.get_host()),
        };
        config
            .port(options.get_port())
            .user(options.get_username())
            .dbname(options.get_database().unwrap_or(options.get_username()))
            .application_name(options.get_application_name().unwrap_or("quoin"))
            .connect_timeout(timeouts.connect)
            .tcp_user_timeout(timeouts.statement)
            .keepalives_idle(timeouts.statement)
            .keepalives_interval(timeouts.connect)
            .ssl_mode(mode);
        if let Some(more) = options.get_options() {
            config.options(more);
        }
        let in_url = url
            .password()
            .map(|password| percent_encoding::percent_decode_str(password).collect());
        let in_query = parameters.get("password").map(|password| password.as_bytes().to_vec());
        let in_environment = || std::env::var("PGPASSWORD").ok().map(String::into_bytes);
        if let Some(password) = in_url.or(in_query).or_else(in_environment) {
            let password: Vec<u8> = password;
            config.password(password);
        }
        let tls = tls.map_err(|error| format!("TLS: {error}"))?;
        Ok(Self {
            config,
            tls: MakeRustlsConnect::new(tls),
            timeouts,
        })
    }
}

/// With a certificate that a known authority signed for the host's name.
fn verified(root: Option<&str>) -> Result<ClientConfig, String> {
    let mut known = RootCertStore::empty();
    match root {
        Some(file) => {
            let told = |error| format!("{file}: {error}");
            for certificate in CertificateDer::pem_file_iter(file).map_err(told)? {
                let certificate = certificate.map_err(told)?;
                known.add(certificate).map_err(|error| format!("{file}: {error}"))?;
            }
        }
        None => known.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    Ok(builder.with_root_certificates(known).with_no_client_auth())
}

/// With any certificate: `prefer` and `require` ask for encryption alone.
fn unverified() -> Result<ClientConfig, String> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let any = Arc::new(AnyCertificate(provider));
    Ok(builder
        .dangerous()
        .with_custom_certificate_verifier(any)
        .with_no_client_auth())
}

#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use tokio_postgres::config::Host;

    use super::*;

    #[test]
    fn an_address_says_the_same_to_both_drivers() {
        let url = "postgres://a%20b:p%2Fw@db.example:6543/site?sslmode=require&statement-cache-capacity=5";
        let address = Address::of(url, Timeouts::default()).expect("is understood");
        let config = &address.config;
        assert_eq!(config.get_hosts(), [Host::Tcp("db.example".to_owned())]);
        assert_eq!(config.get_ports(), [6543]);
        assert_eq!(config.get_user(), Some("a b"));
        assert_eq!(config.get_password(), Some(&b"p/w"[..]));
        assert_eq!(config.get_dbname(), Some("site"));
        assert_eq!(config.get_ssl_mode(), SslMode::Require);
        // Otherwise a host that vanishes is noticed after a quarter of an hour.
        let Timeouts { connect, statement } = Timeouts::default();
        assert_eq!(
            (config.get_connect_timeout(), config.get_tcp_user_timeout()),
            (Some(&connect), Some(&statement))
        );
        assert_eq!(
            (config.get_keepalives_idle(), config.get_keepalives_interval()),
            (statement, Some(connect))
        );
    }

    #[test]
    fn a_socket_is_an_address_too() {
        for url in [
            "postgres:///site?host=/run/postgresql&user=a",
            "postgres://a@%2Frun%2Fpostgresql/site",
        ] {
            let address = Address::of(url, Timeouts::default()).expect("is understood");
            assert_eq!(
                address.config.get_hosts(),
                [Host::Unix("/run/postgresql".into())],
                "{url}"
            );
        }
    }

    #[test]
    fn what_pipelines_cannot_do_is_said() {
        for (url, said) in [
            ("postgres://a@b/c?sslmode=verify-ca", "verify-ca"),
            ("postgres://a@b/c?sslcert=/x&sslkey=/y", "certificate"),
            (
                "postgres://a@b/c?sslmode=verify-full&sslrootcert=/does/not/exist",
                "/does/not/exist",
            ),
        ] {
            let problem = Address::of(url, Timeouts::default()).err().expect("is refused");
            assert!(problem.contains(said), "{problem}");
        }
    }
}
