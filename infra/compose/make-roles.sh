#!/bin/sh
# Run once by the image of PostgreSQL, when the data directory is empty: database, roles and logins of infra/postgres, "A
# hardened one". The gateway serves with a login that owns nothing and can neither change nor delete evidence or audit entries.
set -eu
secrets=${SECRETS:-/run/secrets}
psql --set=ON_ERROR_STOP=1 --username="${POSTGRES_USER:-postgres}" --dbname=postgres \
  --set=migrate_password="$(cat "$secrets/gateway_migrate_password")" \
  --set=serve_password="$(cat "$secrets/gateway_serve_password")" <<'SQL'
CREATE DATABASE vectorvue;
CREATE ROLE vectorvue_migrate NOLOGIN;
CREATE ROLE vectorvue_serve NOLOGIN;
CREATE ROLE vectorvue_read NOLOGIN;
CREATE ROLE vectorvue_retain NOLOGIN;
CREATE ROLE gateway_migrate LOGIN PASSWORD :'migrate_password' IN ROLE vectorvue_migrate;
CREATE ROLE gateway_serve LOGIN PASSWORD :'serve_password' IN ROLE vectorvue_serve;
GRANT CREATE ON DATABASE vectorvue TO gateway_migrate, vectorvue_migrate;
SQL
