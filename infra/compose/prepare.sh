#!/bin/sh
# Makes ./secrets, ./state and ./.env for compose.yaml: a CA, certificates, keys and passwords of this trial alone. For
# anything else put your own in their places (README.md). Needs sh and OpenSSL 3; replaces nothing that is there.
set -eu
cd "$(dirname "$0")"
if [ -e secrets ] || [ -e state ] || [ -e .env ]; then
  echo "secrets, state or .env is here already: remove all of them to start afresh" >&2
  exit 1
fi
if [ "$(id -u)" = 0 ]; then
  echo "run this as the user who is to own the secrets: the containers run as that user, and never as root" >&2
  exit 1
fi
umask 077
mkdir -p secrets/gateway-tls secrets/agent-tls state/postgres state/gateway state/agent
printf 'NYXERA_UID=%s\nNYXERA_GID=%s\n' "$(id -u)" "$(id -g)" > .env

new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }
issue() { # FILE NAME EXTENSIONS
  new_key "$1.key"
  openssl req -new -key "$1.key" -subj "/CN=$2" -out "$1.csr"
  printf '%s\n' "$3" > "$1.ext"
  openssl x509 -req -in "$1.csr" -CA secrets/ca.pem -CAkey secrets/ca.key -CAcreateserial -days 90 -extfile "$1.ext" \
    -out "$1.crt" 2> /dev/null
  rm "$1.csr" "$1.ext"
}
new_key secrets/ca.key
openssl req -x509 -key secrets/ca.key -days 3650 -subj "/CN=Nyxera trial CA" -out secrets/ca.pem
issue secrets/gateway-tls/server gateway "subjectAltName=DNS:gateway,DNS:localhost,IP:127.0.0.1
extendedKeyUsage=serverAuth"
issue secrets/agent-tls/client spectrastrike-agent-01 "subjectAltName=DNS:spectrastrike-agent-01
extendedKeyUsage=clientAuth"
cp secrets/ca.pem secrets/gateway-tls/ca.pem
cp secrets/ca.pem secrets/agent-tls/ca.pem

for name in telemetry feedback audit; do openssl genpkey -algorithm ed25519 -out "secrets/$name.key"; done
# The last 32 bytes of the DER form are the public key itself.
public() { openssl pkey -in "secrets/$1.key" -pubout -outform DER | tail -c 32 | openssl base64 -A; }
pin() { openssl x509 -in "$1" -outform DER | openssl dgst -sha256 -r | cut -d ' ' -f 1; }

for name in postgres gateway_migrate gateway_serve; do openssl rand -hex 24 | tr -d '\n' > "secrets/${name}_password"; done
url() { printf 'DATABASE_URL=postgres://%s:%s@postgres:5432/vectorvue\n' "$1" "$(cat "secrets/$1_password")"; }
operator=op-red-01
tenant=$(openssl rand -hex 16 | sed 's/^\(.\{8\}\)\(....\).\(...\).\(...\)\(.\{12\}\).*/\1-\2-4\3-8\4-\5/')
url gateway_migrate > secrets/gateway_migrate.env
{
  url gateway_serve
  printf 'VV_TG_ALLOWED_SERVICE_IDENTITIES_JSON={"spectrastrike-agent-01":"%s"}\n' "$(pin secrets/agent-tls/client.crt)"
  printf 'VV_TG_SPECTRASTRIKE_ED25519_PUBKEY=%s\n' "$(public telemetry)"
  printf 'VV_TG_OPERATOR_TENANT_MAP={"%s":"%s"}\n' "$operator" "$tenant"
} > secrets/gateway_serve.env
{
  printf 'VECTORVUE_FEDERATION_SERVICE_IDENTITY=spectrastrike-agent-01\n'
  printf 'VECTORVUE_FEDERATION_OPERATOR_ID=%s\nVECTORVUE_FEDERATION_TENANT_ID=%s\n' "$operator" "$tenant"
  printf 'VECTORVUE_FEDERATION_SERVER_CERT_SHA256=%s\n' "$(pin secrets/gateway-tls/server.crt)"
  printf 'VECTORVUE_FEEDBACK_VERIFY_KEYS_JSON={"default":"%s"}\n' "$(public feedback)"
} > secrets/agent.env
echo "made: secrets, state, .env. The CA's key, secrets/ca.key, is needed by nobody here: keep it elsewhere."
