//! Where a request comes from. Only proxies that the configuration trusts are believed about it.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use actix_web::HttpMessage;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{FORWARDED, HeaderMap, HeaderName, X_FORWARDED_FOR};
use actix_web::middleware::Next;
use actix_web::web::Data;
use ipnet::IpNet;

use super::State;

/// The client's address: an extension of every request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// What a limit counts by: of IPv6 the network (/64), since every home has a whole one.
pub fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

/// The key of a limit for where a request comes from.
pub fn key(request: &impl HttpMessage) -> String {
    let address = request.extensions().get::<ClientAddress>().copied();
    address.map_or_else(
        || "address".to_owned(),
        |ClientAddress(address)| format!("address {}", network(address)),
    )
}

/// Finds the client's address, for whatever comes after.
pub async fn locate(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let trusted = request
        .app_data::<Data<State>>()
        .map(|state| &*state.settings.trusted_proxies);
    // Connections without an address (sockets of this machine) are not served.
    let peer = request
        .peer_addr()
        .map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |peer: SocketAddr| peer.ip());
    let address = client(peer, request.headers(), trusted.unwrap_or_default());
    request.extensions_mut().insert(address);
    next.call(request).await
}

/// The peer, unless it is a trusted proxy: then the last address of `X-Forwarded-For` (or of `Forwarded`, RFC 7239, when
/// that is what there is) that is not one as well. Every proxy appends whom it heard, so what stands before an address
/// that is not trusted may be invented. What is no address ends the walk: then it was the last proxy known.
fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> ClientAddress {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut nearest = peer.to_canonical();
    if !is_trusted(&nearest) {
        return ClientAddress(nearest);
    }
    let (header, read): (HeaderName, fn(&str) -> Option<IpAddr>) = if headers.contains_key(X_FORWARDED_FOR) {
        (X_FORWARDED_FOR, address)
    } else {
        (FORWARDED, forwarded_for)
    };
    for line in headers.get_all(header).rev() {
        for element in line.as_bytes().rsplit(|byte| *byte == b',') {
            let found = std::str::from_utf8(element)
                .ok()
                .and_then(|element| read(element.trim()));
            match found.map(|address| address.to_canonical()) {
                Some(address) => nearest = address,
                None => return ClientAddress(nearest),
            }
            if !is_trusted(&nearest) {
                return ClientAddress(nearest);
            }
        }
    }
    ClientAddress(nearest)
}

/// `for=` of an element of `Forwarded`. Elements are parted at commas, which an address never holds.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let value = element.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then_some(value.trim())
    })?;
    let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    address(quoted.unwrap_or(value))
}

/// An address, with or without port, IPv6 with or without brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bracketed = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    if let Some(inner) = bracketed {
        return inner.parse().ok().map(IpAddr::V6);
    }
    text.parse()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    /// The address that is believed, with `10.0.0.0/8` and `fd00::/8` trusted.
    fn located(peer: &str, lines: &[(HeaderName, &str)]) -> String {
        let trusted = ["10.0.0.0/8", "fd00::/8"].map(|network| network.parse().unwrap());
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name.clone(), HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        client(peer.parse().unwrap(), &headers, &trusted).0.to_string()
    }

    fn through_proxy(value: &str) -> String {
        located("10.0.0.1", &[(X_FORWARDED_FOR, value)])
    }

    #[test]
    fn a_stranger_is_not_believed() {
        for header in [X_FORWARDED_FOR, FORWARDED] {
            assert_eq!(
                located("192.0.2.1", &[(header, "for=198.51.100.7, 198.51.100.7")]),
                "192.0.2.1"
            );
        }
    }

    #[test]
    fn the_last_address_that_no_trusted_proxy_has_is_the_clients() {
        assert_eq!(through_proxy("198.51.100.7"), "198.51.100.7");
        assert_eq!(through_proxy("203.0.113.5, 198.51.100.7"), "198.51.100.7");
        assert_eq!(through_proxy("203.0.113.5,198.51.100.7 ,\t10.2.3.4"), "198.51.100.7");
        assert_eq!(through_proxy("10.9.9.9, 10.2.3.4"), "10.9.9.9");
        assert_eq!(located("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn lines_of_the_header_are_one_list() {
        let lines = [
            (X_FORWARDED_FOR, "203.0.113.5"),
            (X_FORWARDED_FOR, "198.51.100.7, 10.2.3.4"),
        ];
        assert_eq!(located("10.0.0.1", &lines), "198.51.100.7");
        let lines = [(X_FORWARDED_FOR, "198.51.100.7"), (X_FORWARDED_FOR, "10.2.3.4")];
        assert_eq!(located("10.0.0.1", &lines), "198.51.100.7");
    }

    #[test]
    fn garbage_ends_the_walk_at_the_last_good_address() {
        for garbage in [
            "",
            "unknown",
            "1.2.3",
            "999.1.1.1",
            "<script>",
            "198.51.100.7 198.51.100.8",
            "é",
            "[::1",
            "_hidden",
        ] {
            assert_eq!(
                through_proxy(&format!("203.0.113.5, {garbage}, 10.2.3.4")),
                "10.2.3.4",
                "{garbage}"
            );
            assert_eq!(
                through_proxy(&format!("203.0.113.5, {garbage}")),
                "10.0.0.1",
                "{garbage}"
            );
        }
    }

    #[test]
    fn ports_and_brackets_are_understood() {
        assert_eq!(through_proxy("198.51.100.7:5000"), "198.51.100.7");
        assert_eq!(through_proxy("2001:db8::7"), "2001:db8::7");
        assert_eq!(through_proxy("[2001:db8::7]"), "2001:db8::7");
        assert_eq!(through_proxy("[2001:db8::7]:5000"), "2001:db8::7");
    }

    #[test]
    fn a_mapped_address_is_that_of_ipv4() {
        assert_eq!(located("::ffff:192.0.2.1", &[]), "192.0.2.1");
        assert_eq!(
            located("::ffff:10.0.0.1", &[(X_FORWARDED_FOR, "::ffff:198.51.100.7")]),
            "198.51.100.7"
        );
    }

    #[test]
    fn the_standard_header_is_read_when_it_is_the_one_there() {
        let forwarded = |value: &str| located("10.0.0.1", &[(FORWARDED, value)]);
        assert_eq!(
            forwarded("for=198.51.100.7;proto=https, FOR=\"10.2.3.4:80\""),
            "198.51.100.7"
        );
        assert_eq!(forwarded("proto=https; For=\"[2001:db8::7]:443\""), "2001:db8::7");
        assert_eq!(forwarded("for=203.0.113.5, proto=https"), "10.0.0.1");
        let both = [(FORWARDED, "for=203.0.113.5"), (X_FORWARDED_FOR, "198.51.100.7")];
        assert_eq!(located("10.0.0.1", &both), "198.51.100.7");
    }

    #[test]
    fn a_home_has_one_bucket() {
        let network = |address: &str| network(address.parse().unwrap()).to_string();
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(network("192.0.2.1"), "192.0.2.1");
    }
}
