//! A connection to a replica's webhooks, as the API server has it: checked against the authorities that it is told to
//! trust, and kept.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use xtask::operator::Operator;

/// A request that no webhook is asked for, in two parts.
const REQUEST: [&str; 2] = [
    "POST /nobody/seal/secrets HTTP/1.1\r\nHost: webhooks\r\n",
    "Content-Length: 0\r\n\r\n",
];

/// The answer's first line.
const ANSWER: &str = "HTTP/1.1 404 Not Found\r\n";

/// An open connection.
pub(super) struct Wire(BufReader<StreamOwned<ClientConnection, TcpStream>>);

impl Wire {
    /// A new one. An error is what the API server would say.
    pub(super) fn open(operator: &Operator, bundle: &str) -> Result<Self, String> {
        let (mut tls, mut tcp) = prepare(operator, bundle);
        while tls.is_handshaking() {
            tls.complete_io(&mut tcp)
                .map_err(|error| error.to_string())?;
        }
        Ok(Self(BufReader::new(StreamOwned::new(tls, tcp))))
    }

    /// The certificate that was shown.
    pub(super) fn shown(&self) -> CertificateDer<'_> {
        self.0.get_ref().conn.peer_certificates().unwrap()[0].clone()
    }

    /// Begins a request.
    pub(super) fn begin(&mut self) {
        let stream = self.0.get_mut();
        stream.write_all(REQUEST[0].as_bytes()).unwrap();
        stream.flush().unwrap();
    }

    /// Ends a request that was begun, and reads the answer.
    pub(super) fn finish(&mut self) {
        let stream = self.0.get_mut();
        stream.write_all(REQUEST[1].as_bytes()).unwrap();
        stream.flush().unwrap();
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        assert_eq!(line, ANSWER);
        // It has no body.
        while line != "\r\n" {
            line.clear();
            assert_ne!(
                self.0.read_line(&mut line).unwrap(),
                0,
                "the connection ended"
            );
        }
    }
}

/// Before the handshake.
fn prepare(operator: &Operator, bundle: &str) -> (ClientConnection, TcpStream) {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(parts(bundle));
    let config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let address = operator.webhooks_url().trim_start_matches("https://");
    let (host, _) = address.rsplit_once(':').unwrap();
    let name = ServerName::try_from(host.to_owned()).unwrap();
    let tls = ClientConnection::new(Arc::new(config), name).unwrap();
    (tls, TcpStream::connect(address).unwrap())
}

/// The first certificate in PEM.
pub(super) fn first(pem: &str) -> CertificateDer<'static> {
    parts(pem).next().unwrap()
}

fn parts(pem: &str) -> impl Iterator<Item = CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(pem.as_bytes()).map(Result::unwrap)
}
