#!/bin/sh
# Seals the files that rsyslog.conf writes, a day each, and uploads those of past days once, locked.
# See README.md beside this. Runs daily; running it again changes nothing.
#
#   AUDIT_BUCKET        bucket with Object Lock enabled (required)
#   AUDIT_RETAIN_DAYS   days for which nobody can delete or overwrite an upload (required)
#   AUDIT_PREFIX        first part of the keys (default: this machine's name)
#   AUDIT_LOG_DIR       default /var/log/vectorvue
#   AUDIT_STATE_DIR     what was uploaded, a checksum a file; default /var/lib/vectorvue-upload
#   AUDIT_LOCK_MODE     COMPLIANCE (default) or GOVERNANCE
#
# Exit code 1 where a file could not be sealed or uploaded; the others are done all the same, and the next run tries
# again.
set -eu
: "${AUDIT_BUCKET:?set AUDIT_BUCKET}" "${AUDIT_RETAIN_DAYS:?set AUDIT_RETAIN_DAYS}"
log_dir=${AUDIT_LOG_DIR:-/var/log/vectorvue}
state_dir=${AUDIT_STATE_DIR:-/var/lib/vectorvue-upload}
prefix=${AUDIT_PREFIX:-$(uname -n)}
mode=${AUDIT_LOCK_MODE:-COMPLIANCE}
today=$(date -u +%F)
until=$(date -u -d "$today + $AUDIT_RETAIN_DAYS days" +%FT00:00:00Z)
mkdir -p "$state_dir"
failed=0

for file in "$log_dir"/audit-????-??-??.log; do
  [ -e "$file" ] || continue
  name=$(basename "$file")
  if [ "$name" = "audit-$today.log" ]; then
    # Still written to: nothing that is in it can be changed or taken away.
    chattr +a "$file" || { echo "not sealed: $file" >&2; failed=1; }
    continue
  fi
  chattr +i "$file" || { echo "not sealed: $file" >&2; failed=1; }
  [ -e "$state_dir/$name.sha256" ] && continue
  sha256=$(sha256sum "$file" | cut -d ' ' -f 1)
  # The service compares the checksum with what arrived, and refuses what is not it.
  base64=$(openssl dgst -sha256 -binary "$file" | openssl base64 -A)
  if aws s3api put-object --bucket "$AUDIT_BUCKET" --key "$prefix/$name" --body "$file" \
    --checksum-algorithm SHA256 --checksum-sha256 "$base64" \
    --object-lock-mode "$mode" --object-lock-retain-until-date "$until" > /dev/null; then
    printf '%s\n' "$sha256" > "$state_dir/.$name.new"
    mv "$state_dir/.$name.new" "$state_dir/$name.sha256"
    echo "uploaded: $prefix/$name"
  else
    echo "not uploaded: $file" >&2
    failed=1
  fi
done
exit "$failed"
