//! The table of configuration keys, from which docs/configuration.md is generated.

use super::key::{DefaultValue, Key};
use super::kind::Kind;

/// A row without a value that everybody could use.
const fn required(name: &'static str, kind: Kind, meaning: &'static str) -> Key {
    Key {
        name,
        default: DefaultValue::Required,
        kind,
        meaning,
    }
}

/// A row without a default.
const fn optional(name: &'static str, kind: Kind, meaning: &'static str) -> Key {
    Key {
        name,
        default: DefaultValue::None,
        kind,
        meaning,
    }
}

/// A row of the table.
const fn key(name: &'static str, default: &'static str, kind: Kind, meaning: &'static str) -> Key {
    Key {
        name,
        default: DefaultValue::Value(default),
        kind,
        meaning,
    }
}

/// A row whose default follows from `env`.
const fn switch(name: &'static str, meaning: &'static str) -> Key {
    Key {
        name,
        default: DefaultValue::OnInDevelopment,
        kind: Kind::Switch,
        meaning,
    }
}

/// A whole number within bounds.
const fn whole(least: i64, most: i64) -> Kind {
    Kind::Whole { least, most }
}

/// Every key.
pub const KEYS: &[Key] = &[
    key(
        "listen",
        "127.0.0.1:8080",
        Kind::Address,
        "where to listen; port 0 takes a free one",
    ),
    key(
        "base_url",
        "http://{listen}",
        Kind::BaseUrl,
        "the address that readers use; `{listen}` stands for `listen`; must be https in production",
    ),
    key(
        "data_dir",
        "./data",
        Kind::Folder,
        "where uploads and the embedded database live; made when missing",
    ),
    key(
        "env",
        "development",
        Kind::OneOf(&["development", "production"]),
        "what this installation is for; production closes what readers do not need",
    ),
    key(
        "trusted_proxies",
        "",
        Kind::Networks,
        "the reverse proxies in front of Quoin, whose `X-Forwarded-For` (or `Forwarded`) is believed; none: nobody is",
    ),
    key(
        "server.drain_seconds",
        "2",
        whole(0, 3_600),
        "seconds after SIGTERM or SIGHUP in which requests are still accepted while `/health/ready` is 503, so that a load \
         balancer turns to other processes",
    ),
    key(
        "database.url",
        "sqlite://{data_dir}/quoin.db",
        Kind::SecretUrl(&["sqlite", "postgres", "postgresql"]),
        "the database; `{data_dir}` stands for `data_dir`",
    ),
    key(
        "database.max_connections",
        "10",
        whole(1, 1_000),
        "the most connections that one process opens, beside one that is reserved for `/health/ready` and for what cached responses need; of \
         those to PostgreSQL, half only read",
    ),
    key(
        "database.connect_seconds",
        "5",
        whole(1, 60),
        "seconds to open a connection to PostgreSQL, or to wait for one that is in use",
    ),
    key(
        "database.statement_seconds",
        "10",
        whole(1, 3_600),
        "seconds that PostgreSQL may take to execute a statement, and that a transaction may be idle; 60 times as many for \
         migrations, imports and archives",
    ),
    Key {
        name: "redis.url",
        default: DefaultValue::None,
        kind: Kind::SecretUrl(&["redis", "rediss"]),
        meaning: "the shared cache and the shared limits; without it each process caches and limits for itself. With `rediss://` its certificate must be trusted by the system, or be the one that `SSL_CERT_FILE` names",
    },
    key(
        "limits.body_bytes",
        "2500000",
        whole(1_000, 1_000_000_000),
        "bytes of a request's body, counted after inflating; the source of a post, at most 1,000,000 bytes, is longer as JSON",
    ),
    key(
        "limits.upload_bytes",
        "50000000",
        whole(1_000, 1_000_000_000_000),
        "bytes of one file that is uploaded; pictures have at most 100 MB in any case",
    ),
    key(
        "limits.account_media_bytes",
        "10000000000",
        whole(0, 1_000_000_000_000_000),
        "bytes of all files that one account uploaded; 0 disables uploads",
    ),
    key(
        "limits.publication_media_bytes",
        "100000000000",
        whole(0, 1_000_000_000_000_000),
        "bytes of all files of one publication, imported ones included; beyond, uploads are refused, imports never",
    ),
    key(
        "limits.account_uploads_per_hour",
        "500",
        whole(1, 1_000_000),
        "files that one account may upload in an hour",
    ),
    key(
        "limits.publication_uploads_per_hour",
        "2000",
        whole(1, 1_000_000),
        "files that may be uploaded to one publication in an hour",
    ),
    key("limits.depth", "20", whole(1, 200), "levels of a GraphQL document"),
    key("limits.aliases", "60", whole(0, 100_000), "aliases in a document"),
    key("limits.fields", "400", whole(1, 100_000), "fields in a document"),
    key(
        "limits.directives",
        "200",
        whole(0, 100_000),
        "directives in a document",
    ),
    key("limits.tokens", "10000", whole(10, 1_000_000), "tokens in a document"),
    key(
        "limits.cost",
        "50000",
        whole(1, 100_000_000),
        "the estimated cost of a document: how many objects its response may hold, and the weights (`@cost` in the schema) of \
         long fields",
    ),
    key(
        "limits.listed_errors",
        "5",
        whole(1, 100),
        "how many errors one answer lists",
    ),
    key(
        "limits.response_bytes",
        "16000000",
        whole(100_000, 1_000_000_000),
        "bytes of one GraphQL response, before it is compressed; twice as many may be loaded from the database for it",
    ),
    key(
        "limits.in_flight_bytes",
        "256000000",
        whole(1_000_000, 1_000_000_000_000),
        "bytes of all GraphQL responses that one process executes or sends, including loaded rows; beyond, requests get \
         503 with `Retry-After`",
    ),
    key(
        "limits.executions_per_core",
        "8",
        whole(1, 10_000),
        "requests that are executed at a time for each core of the machine, and as many that need more than 128 KiB for their \
         response; requests that wait for more than a fraction of a second are refused with 503, cached responses excepted",
    ),
    key(
        "limits.connections_per_client",
        "256",
        whole(1, 1_000_000),
        "connections of one IP address (of IPv6 a /64 network) at a time; `trusted_proxies` may have any number",
    ),
    key(
        "limits.request_seconds",
        "30",
        whole(1, 3_600),
        "seconds in which a client must send its request; a body of 8 kB/s or more may take longer",
    ),
    key(
        "limits.answer_seconds",
        "15",
        whole(1, 3_600),
        "seconds from the end of a GraphQL request to its response, including waiting for a place or for the database; then the \
         execution ends and the client gets 503. A request with files has a second more for each megabyte",
    ),
    key(
        "limits.write_seconds",
        "30",
        whole(1, 3_600),
        "seconds after which a connection is closed if the client reads nothing (on Linux)",
    ),
    key(
        "limits.requests_per_minute",
        "6000",
        whole(1, 60_000_000),
        "requests of one client: an account with all its sessions and API keys, else an IP address (of IPv6 a /64 network)",
    ),
    key(
        "limits.sign_ins_per_minute",
        "10",
        whole(1, 60_000_000),
        "attempts to sign in, to sign up or to have a password reset, from one address and for one account",
    ),
    key(
        "limits.tokens_per_minute",
        "60",
        whole(1, 60_000_000),
        "requests of one client to the token endpoints",
    ),
    key(
        "limits.mails_per_hour",
        "5",
        whole(1, 1_000_000),
        "mails to one address",
    ),
    key(
        "publications.create",
        "administrators",
        Kind::OneOf(&["administrators", "anyone"]),
        "who may create publications: administrators, or every account",
    ),
    optional(
        "publications.default",
        Kind::Line,
        "slug of the default publication, which root fields of the API mean when a query names none; unset: the oldest publication",
    ),
    key(
        "media.store",
        "local",
        Kind::OneOf(&["local", "s3"]),
        "where files are kept: in `{data_dir}/media`, or in a bucket that speaks S3",
    ),
    key(
        "media.most_pixels",
        "50000000",
        whole(1_000_000, 1_000_000_000),
        "pixels of one picture; one that says it has more is refused before it is decoded",
    ),
    key(
        "media.variants_bytes",
        "2000000000",
        whole(100_000_000, 1_000_000_000_000_000),
        "bytes that pictures in other sizes may take together; beyond, the oldest are dropped, and made again when \
         somebody asks",
    ),
    optional(
        "media.s3.bucket",
        Kind::Line,
        "the bucket; must be set when `media.store` is `s3`",
    ),
    key("media.s3.region", "us-east-1", Kind::Line, "the region of the bucket"),
    optional(
        "media.s3.endpoint",
        Kind::BaseUrl,
        "the server of the bucket, when it is not Amazon's; browsers send their files there too",
    ),
    optional(
        "media.s3.access_key_id",
        Kind::SecretText(1),
        "who Quoin is for that server; without it, what AWS gave to this machine",
    ),
    optional("media.s3.secret_access_key", Kind::SecretText(1), "how it proves that"),
    optional(
        "media.s3.prefix",
        Kind::Line,
        "what stands before every key in the bucket, so that others can use it too",
    ),
    Key {
        name: "mail.smtp_url",
        default: DefaultValue::None,
        kind: Kind::SecretUrl(&["smtp", "smtps"]),
        meaning: "the mail server, with user and password if it wants them; `smtp` changes to TLS, unless the server is \
                  this machine; without one letters become files in `{data_dir}/outbox`",
    },
    key(
        "mail.from",
        "Quoin <quoin@localhost>",
        Kind::Sender,
        "from whom letters are",
    ),
    key(
        "jobs.workers",
        "2",
        whole(0, 64),
        "how many jobs, such as letters and posts that are due, this process does at a time; 0: none, other processes do",
    ),
    key(
        "jobs.lease_seconds",
        "30",
        whole(1, 3_600),
        "seconds after which a job is begun again whose process is heard of no more",
    ),
    key(
        "cors.origins",
        "",
        Kind::Origins,
        "other sites whose scripts may read answers; none: closed",
    ),
    switch("graphql.introspection", "whether the schema can be asked for"),
    switch("graphql.graphiql", "whether the query editor is served at `/graphql`"),
    switch("graphql.suggestions", "whether errors suggest similar names"),
    optional(
        "documents.manifest",
        Kind::Folder,
        "a file with documents that clients may name: a manifest of Apollo, of Relay or of GraphQL Code Generator",
    ),
    key(
        "documents.only_trusted",
        "false",
        Kind::Switch,
        "whether only the documents of the manifest, and those that are registered, are executed",
    ),
    Key {
        name: "auth.secret",
        default: DefaultValue::None,
        kind: Kind::SecretText(32),
        meaning: "what signing keys are sealed with and forms are signed with, the same for all replicas: random \
                  characters; without it a secret is made and kept in `{data_dir}/secret.key`",
    },
    key(
        "auth.signing_algorithm",
        "EdDSA",
        Kind::OneOf(&["EdDSA", "ES256"]),
        "how new signing keys sign tokens; ES256 where a client does not know EdDSA",
    ),
    key(
        "auth.access_token_seconds",
        "600",
        whole(60, 900),
        "seconds that an access token lives",
    ),
    key(
        "auth.session_days",
        "30",
        whole(1, 365),
        "days that a session lasts without being used",
    ),
    key(
        "auth.sign_up",
        "open",
        Kind::OneOf(&["open", "closed"]),
        "whether anybody may sign up; closed: by invitation alone",
    ),
    key(
        "desk.revisions",
        "200",
        whole(10, 100_000),
        "revisions that are kept of a post, beside the published one",
    ),
    key(
        "cache.memory_bytes",
        "67108864",
        whole(0, 1_099_511_627_776),
        "bytes of memory for cached responses, of anonymous requests and of API keys, in this process; 0: none",
    ),
    key(
        "cache.redis_seconds",
        "3600",
        whole(0, 31_536_000),
        "seconds for which such an answer lies in Redis, where there is one, for all processes; 0: it does not",
    ),
    key(
        "cache.redis_bytes",
        "268435456",
        whole(0, 1_099_511_627_776),
        "bytes of responses that this process stores in Redis within `cache.redis_seconds`; only responses that were \
         requested more than once are stored",
    ),
    key(
        "cache.shared_seconds",
        "0",
        whole(0, 31_536_000),
        "seconds for which a CDN, or another shared cache, may give an answer to a GET without asking again",
    ),
    key(
        "cache.stale_seconds",
        "0",
        whole(0, 31_536_000),
        "seconds for which it may still give it after that, while it asks",
    ),
    key(
        "cdn.provider",
        "none",
        Kind::OneOf(&["none", "fastly", "cloudflare"]),
        "the CDN in front of Quoin: answers to a GET are marked for it, and it is told what changed",
    ),
    optional(
        "cdn.zone",
        Kind::Line,
        "the id of the service (Fastly) or the zone (Cloudflare); must be set when there is a CDN",
    ),
    optional(
        "cdn.token",
        Kind::SecretText(1),
        "an API token that may purge there; must be set when there is a CDN",
    ),
    optional(
        "cdn.api_url",
        Kind::BaseUrl,
        "where the CDN is told, when it is not its provider's own address",
    ),
    required(
        "auth.providers.NAME.issuer",
        Kind::Issuer,
        "an OpenID provider that people sign in with; known for `google`, and `github` has none",
    ),
    required(
        "auth.providers.NAME.client_id",
        Kind::Line,
        "who Quoin is for that provider",
    ),
    required(
        "auth.providers.NAME.client_secret",
        Kind::SecretText(1),
        "how it proves that",
    ),
    Key {
        name: "auth.providers.NAME.label",
        default: DefaultValue::ChosenName,
        kind: Kind::Line,
        meaning: "what the button on the sign-in page says",
    },
    required(
        "auth.issuers.NAME.issuer",
        Kind::Issuer,
        "an outside issuer whose JWT access tokens are trusted; its keys are found by its metadata",
    ),
    required(
        "auth.issuers.NAME.audience",
        Kind::Line,
        "the `aud` of its tokens that are for Quoin",
    ),
    key(
        "auth.issuers.NAME.subject_claim",
        "sub",
        Kind::Line,
        "the claim that says who acts",
    ),
    key(
        "auth.issuers.NAME.email_claim",
        "email",
        Kind::Line,
        "the claim with the e-mail",
    ),
    key(
        "auth.issuers.NAME.scope_claim",
        "scope",
        Kind::Line,
        "the claim with the scopes: words separated by spaces, or a list",
    ),
    key(
        "log.format",
        "auto",
        Kind::OneOf(&["auto", "text", "json"]),
        "how lines look; auto: text on a terminal, JSON otherwise",
    ),
    key("log.level", "info", Kind::LogFilter, "what is logged"),
];
