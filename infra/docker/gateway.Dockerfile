# syntax=docker/dockerfile:1
# vectorvue-gateway. Built from the root of the repository: docker build -f infra/docker/gateway.Dockerfile -t vectorvue-gateway .
# Pinned by version; README.md beside this file says how to pin by digest.
ARG BASE=node:24.21.0-bookworm-slim

FROM ${BASE} AS build
WORKDIR /src
COPY . .
# Into a folder of its own: the program, what it needs at run time, and nothing of the workshop.
RUN npx --yes pnpm@12.21.0 install --frozen-lockfile \
 && npx --yes pnpm@12.21.0 --filter "@nyxera/vectorvue-gateway..." run build
# 40 hex digits of what is built: git does not come into the image, so --version would say `unknown`.
ARG COMMIT
RUN (cd apps/vectorvue-gateway && node ../../scripts/write-build.ts ${COMMIT:+--commit "$COMMIT"}) \
 && npx --yes pnpm@12.21.0 --filter @nyxera/vectorvue-gateway deploy --prod --legacy /opt/vectorvue-gateway

FROM ${BASE}
LABEL org.opencontainers.image.title="vectorvue-gateway" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production \
    VV_TG_LISTEN=0.0.0.0:8443 \
    VV_TG_DATA_DIR=/var/lib/vectorvue-gateway
COPY --from=build /opt/vectorvue-gateway /opt/vectorvue-gateway
# A number, so that Kubernetes can see that it is not root. Any other that is not 0 does as well.
RUN install -d -m 0700 -o 10001 -g 10001 /var/lib/vectorvue-gateway
USER 10001:10001
WORKDIR /var/lib/vectorvue-gateway
# The only places that are written to; the rest may be read-only (compose: read_only).
VOLUME ["/var/lib/vectorvue-gateway"]
STOPSIGNAL SIGTERM
EXPOSE 8443
# On loopback in the container, as the gateway has it.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9464/readyz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/opt/vectorvue-gateway/bin/vectorvue-gateway.js"]
CMD ["serve"]
