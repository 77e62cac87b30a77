# syntax=docker/dockerfile:1
# spectrastrike-agent. Built from the root of the repository: docker build -f infra/docker/agent.Dockerfile -t spectrastrike-agent .
# Pinned by version; README.md beside this file says how to pin by digest.
ARG BASE=node:24.21.0-bookworm-slim

FROM ${BASE} AS build
WORKDIR /src
COPY . .
# Into a folder of its own: the program, what it needs at run time, and nothing of the workshop.
RUN npx --yes pnpm@12.21.0 install --frozen-lockfile \
 && npx --yes pnpm@12.21.0 --filter "@nyxera/spectrastrike-agent..." run build
# 40 hex digits of what is built: git does not come into the image, so --version would say `unknown`.
ARG COMMIT
RUN (cd apps/spectrastrike-agent && node ../../scripts/write-build.ts ${COMMIT:+--commit "$COMMIT"}) \
 && npx --yes pnpm@12.21.0 --filter @nyxera/spectrastrike-agent deploy --prod --legacy /opt/spectrastrike-agent

FROM ${BASE}
LABEL org.opencontainers.image.title="spectrastrike-agent" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production \
    SPECTRASTRIKE_DATA_DIR=/var/lib/spectrastrike-agent
COPY --from=build /opt/spectrastrike-agent /opt/spectrastrike-agent
# A number, so that Kubernetes can see that it is not root. Any other that is not 0 does as well.
RUN install -d -m 0700 -o 10001 -g 10001 /var/lib/spectrastrike-agent
USER 10001:10001
WORKDIR /var/lib/spectrastrike-agent
# The only places that are written to; the rest may be read-only (compose: read_only).
VOLUME ["/var/lib/spectrastrike-agent"]
STOPSIGNAL SIGTERM
# Whether the daemon lives and holds its spool; a gateway that is away is no fault of the agent's.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "require('node:http').get({ socketPath: process.env.SPECTRASTRIKE_DATA_DIR + '/intake.sock', path: '/healthz' }, ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]
ENTRYPOINT ["node", "/opt/spectrastrike-agent/bin/spectrastrike-agent.js"]
CMD ["run"]
