use std::fmt;

use postgres_types::{ToSql, Type};
use sea_orm::DbErr;
use sea_orm::sea_query::{PostgresQueryBuilder, QueryBuilder, SelectStatement, SqlWriter, Value};
use uuid::Uuid;

/// A value as the driver sends it.
type Sent = Box<dyn ToSql + Send + Sync>;

/// A statement as it is sent: its text, and the values that stand apart from it.
pub struct Text {
    pub sql: String,
    pub types: Vec<Type>,
    pub values: Vec<Sent>,
}

impl Text {
    /// The text of a statement.
    ///
    /// # Errors
    /// When it has a value of a kind that statements which read do not have.
    pub fn of(statement: &SelectStatement) -> Result<Self, DbErr> {
        let mut writer = Writer {
            text: Self {
                sql: String::with_capacity(1024),
                types: Vec::new(),
                values: Vec::new(),
            },
            unknown: None,
        };
        statement.build_collect_into(PostgresQueryBuilder, &mut writer);
        match writer.unknown {
            Some(value) => Err(DbErr::Type(format!(
                "a statement has a value that is not sent: {value:?}"
            ))),
            None => Ok(writer.text),
        }
    }
}

/// Takes a statement down.
struct Writer {
    text: Text,
    /// A value that cannot be sent.
    unknown: Option<Value>,
}

impl fmt::Write for Writer {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        self.text.sql.write_str(part)
    }
}

impl fmt::Display for Writer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text.sql)
    }
}

impl SqlWriter for Writer {
    fn push_param<T: QueryBuilder>(&mut self, value: Value, builder: &T) {
        // Limits alone are unsigned. They stand in the text: a plan for a limit that is not known takes it for a tenth of
        // the table, so PostgreSQL would plan anew for every call (measured: longer than the call itself).
        if matches!(value, Value::BigUnsigned(_)) {
            self.text.sql.push_str(&builder.value_to_string(&value));
            return;
        }
        match sent(value) {
            Ok((of, value)) => {
                self.text.types.push(of);
                self.text.values.push(value);
                self.text.sql.push_str(&format!("${}", self.text.values.len()));
            }
            Err(value) => self.unknown = Some(value),
        }
    }

    fn as_writer(&mut self) -> &mut dyn fmt::Write {
        self
    }
}

fn sent(value: Value) -> Result<(Type, Sent), Value> {
    Ok(match value {
        Value::Bool(value) => (Type::BOOL, Box::new(value)),
        Value::Int(value) => (Type::INT4, Box::new(value)),
        Value::BigInt(value) => (Type::INT8, Box::new(value)),
        Value::String(value) => (Type::TEXT, Box::new(value)),
        Value::ChronoDateTimeUtc(value) => (Type::TIMESTAMPTZ, Box::new(value)),
        Value::Uuid(value) => (Type::UUID, Box::new(value)),
        Value::Array(_, Some(values)) => {
            let id = |value| match value {
                Value::Uuid(Some(id)) => Ok(id),
                other => Err(other),
            };
            let ids = values.into_iter().map(id).collect::<Result<Vec<Uuid>, _>>()?;
            (Type::UUID_ARRAY, Box::new(ids))
        }
        other => return Err(other),
    })
}
