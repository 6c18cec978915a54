use actix_web::http::header::{ACCEPT, Accept, Quality, QualityItem};
use actix_web::{HttpMessage, HttpRequest};
use mime_guess::mime::Mime;

/// In which of the two media types an answer goes out. They differ in status codes too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// `application/graphql-response+json`: errors of the request have a 4xx status.
    GraphQl,
    /// `application/json`, for older clients: every well-formed request is answered with 200.
    Json,
}

impl Media {
    /// The value of `Content-Type`.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::GraphQl => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }

    fn essence(self) -> &'static str {
        match self {
            Self::GraphQl => "application/graphql-response+json",
            Self::Json => "application/json",
        }
    }
}

/// The media type that suits the client best; none when it takes neither.
///
/// The draft leaves the choice to the server when a client does not say (section "Accept", the note): such a client
/// knows nothing of the newer type, so it gets `application/json`, as does one that takes anything.
pub fn negotiate(request: &HttpRequest) -> Option<Media> {
    let Some(accepted) = accepted(request) else {
        return Some(Media::Json);
    };
    [Media::Json, Media::GraphQl]
        .into_iter()
        .filter_map(|media| {
            let wanted = wanted(&accepted, media.essence())?;
            let newer_if_named = (wanted.1 == Precision::Named) == (media == Media::GraphQl);
            Some((wanted, newer_if_named, media))
        })
        .max_by_key(|(wanted, newer_if_named, _)| (*wanted, *newer_if_named))
        .map(|(.., media)| media)
}

/// Whether a page for people suits the client better than data does: it names HTML.
pub fn wants_page(request: &HttpRequest) -> bool {
    let accepted = accepted(request).unwrap_or_default();
    let page = wanted(&accepted, "text/html").filter(|(_, precision)| *precision == Precision::Named);
    let data = [Media::Json, Media::GraphQl].map(|media| wanted(&accepted, media.essence()));
    page > data.into_iter().max().flatten()
}

/// How closely a range fits a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Precision {
    Any,
    Kind,
    Named,
}

/// How much a type is wanted: the weight of the range that fits it most closely (RFC 9110, section 12.5.1).
fn wanted(accepted: &[QualityItem<Mime>], essence: &str) -> Option<(Quality, Precision)> {
    let fit = |range: &Mime| match range.essence_str() {
        "*/*" => Some(Precision::Any),
        range if range == essence => Some(Precision::Named),
        range => {
            let kind = range.strip_suffix('*')?;
            essence.starts_with(kind).then_some(Precision::Kind)
        }
    };
    accepted
        .iter()
        .filter_map(|range| Some((fit(&range.item)?, range.quality)))
        .max()
        .filter(|(_, quality)| *quality > Quality::ZERO)
        .map(|(precision, quality)| (quality, precision))
}

/// What the client takes; none when it does not say.
fn accepted(request: &HttpRequest) -> Option<Vec<QualityItem<Mime>>> {
    request.headers().get(ACCEPT).filter(|value| !value.is_empty())?;
    Some(
        request
            .get_header::<Accept>()
            .map(|accept| accept.0)
            .unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn negotiated(accept: &str) -> Option<Media> {
        negotiate(&TestRequest::default().insert_header((ACCEPT, accept)).to_http_request())
    }

    #[test]
    fn who_does_not_say_or_takes_anything_gets_json() {
        assert_eq!(negotiate(&TestRequest::default().to_http_request()), Some(Media::Json));
        for accept in ["", "*/*", "application/*", "text/plain, */*;q=0.1"] {
            assert_eq!(negotiated(accept), Some(Media::Json), "{accept}");
        }
    }

    #[test]
    fn the_type_that_is_named_wins_over_a_range() {
        assert_eq!(
            negotiated("application/graphql-response+json, */*"),
            Some(Media::GraphQl)
        );
        assert_eq!(negotiated("application/json, */*"), Some(Media::Json));
        assert_eq!(
            negotiated("APPLICATION/GraphQL-Response+JSON; charset=utf-8"),
            Some(Media::GraphQl)
        );
    }

    #[test]
    fn the_heavier_type_wins_and_of_equals_the_newer() {
        assert_eq!(
            negotiated("application/json;q=0.9, application/graphql-response+json"),
            Some(Media::GraphQl)
        );
        assert_eq!(
            negotiated("application/json, application/graphql-response+json;q=0.9"),
            Some(Media::Json)
        );
        assert_eq!(
            negotiated("application/json, application/graphql-response+json"),
            Some(Media::GraphQl)
        );
    }

    #[test]
    fn a_type_with_no_weight_is_not_acceptable() {
        assert_eq!(negotiated("application/json;q=0, */*"), Some(Media::GraphQl));
        for accept in ["text/plain", "application/json;q=0", "*/*;q=0", "garbage", "image/*"] {
            assert_eq!(negotiated(accept), None, "{accept}");
        }
    }

    #[test]
    fn a_browser_wants_a_page_and_a_program_does_not() {
        let wants = |accept| wants_page(&TestRequest::default().insert_header((ACCEPT, accept)).to_http_request());
        assert!(wants("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
        assert!(wants("text/html, */*"));
        for accept in ["*/*", "application/json", "application/json, text/html;q=0.5", "text/*"] {
            assert!(!wants(accept), "{accept}");
        }
        assert!(!wants_page(&TestRequest::default().to_http_request()));
    }
}
