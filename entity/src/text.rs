//! Enums that are kept as text, as PostgreSQL's own driver reads them; `SeaORM` reads them by itself.

use std::error::Error;

use postgres_types::{FromSql, Type};
use sea_orm::ActiveEnum;

use crate::comment::{CommentKind, CommentStatus};
use crate::job::JobStatus;
use crate::membership::Role;
use crate::one_time_link::LinkPurpose;
use crate::post::{PostKind, PostStatus, SourceFormat, Visibility};

macro_rules! texts {
    ($($name:ident,)*) => {$(
        impl<'a> FromSql<'a> for $name {
            fn from_sql(of: &Type, bytes: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
                Ok(Self::try_from_value(&String::from_sql(of, bytes)?)?)
            }

            fn accepts(of: &Type) -> bool {
                <String as FromSql>::accepts(of)
            }
        }
    )*};
}

texts! {
    CommentKind,
    CommentStatus,
    JobStatus,
    LinkPurpose,
    PostKind,
    PostStatus,
    Role,
    SourceFormat,
    Visibility,
}
