//! Fills an empty, migrated database with a made-up site: the same for the same seed and sizes. Prints the slugs of
//! articles with a long discussion, one a line, for whoever wants to read them.

mod site;
mod store;
mod text;

use std::io::Write;

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use tokio_postgres::NoTls;

use site::Site;

/// How many slugs are printed.
const PRINTED: usize = 1000;
/// The fewest visible comments of an article whose slug is printed.
const LONG_DISCUSSION: i32 = 20;

/// Fills an empty, migrated database with a made-up site
#[derive(Parser)]
struct Arguments {
    /// The database, `postgres://…`
    #[arg(long)]
    database: String,
    #[command(flatten)]
    sizes: Sizes,
}

/// How large the site is.
#[derive(clap::Args)]
struct Sizes {
    /// Articles
    #[arg(long, default_value_t = 50_000, value_parser = clap::value_parser!(u32).range(1..))]
    posts: u32,
    /// People: writers and readers
    #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..))]
    users: u32,
    /// Comments below articles that readers see
    #[arg(long, default_value_t = 300_000)]
    comments: u32,
    /// Tags
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(5..))]
    tags: u32,
    /// What chance begins with
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let Arguments { database, sizes } = Arguments::parse();
    let (mut client, connection) = tokio_postgres::connect(&database, NoTls).await?;
    let connection = tokio::spawn(connection);

    let mut random = fastrand::Rng::with_seed(sizes.seed);
    let site = Site::new(&sizes, &mut random);
    let style = ProgressStyle::with_template("{msg:9} {wide_bar} {human_pos}/{human_len} rows, {eta} left")?;
    let progress = ProgressBar::new(site.rows()).with_style(style);
    store::write(&mut client, &site, &mut random, &progress).await?;
    progress.finish_and_clear();

    let mut output = std::io::stdout().lock();
    let newest_first = site.posts.iter().enumerate().rev();
    for (number, _) in newest_first
        .filter(|(_, post)| post.is_listed() && post.comment_count >= LONG_DISCUSSION)
        .take(PRINTED)
    {
        writeln!(output, "{}", text::slug(number))?;
    }
    drop(client);
    connection.await??;
    Ok(())
}
