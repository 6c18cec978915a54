# syntax=docker/dockerfile:1
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --locked --profile dist --bin quoin && cp target/dist/quoin /usr/local/bin/quoin

FROM debian:bookworm-slim
# hadolint ignore=DL3008 # the image's own release decides the version
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/quoin --create-home --shell /usr/sbin/nologin quoin
COPY --from=build /usr/local/bin/quoin /usr/local/bin/quoin
ENV QUOIN_LISTEN=0.0.0.0:8080 QUOIN_DATA_DIR=/var/lib/quoin
USER 10001
WORKDIR /var/lib/quoin
VOLUME /var/lib/quoin
EXPOSE 8080
# bash opens the connection itself, so the image needs no HTTP client.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["bash", "-c", \
    "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /health/ready HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -r status <&3 && [[ $status == *' 200 '* ]]"]
ENTRYPOINT ["quoin"]
CMD ["serve"]
