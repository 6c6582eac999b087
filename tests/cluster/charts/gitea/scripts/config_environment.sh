#!/bin/sh
# Writes the settings, a file per section, into app.ini. A key that is no longer set keeps its last value there.
set -eu

if [ ! -f "$GITEA_APP_INI" ]; then
  for each in security/INTERNAL_TOKEN security/SECRET_KEY oauth2/JWT_SECRET server/LFS_JWT_SECRET; do
    export "GITEA__${each%/*}__${each#*/}=$(gitea generate secret "${each#*/}")"
  done
fi

for file in /env-to-ini-mounts/inlines/*; do
  section=$(basename "$file" | sed -e 's/^_generals_$//' -e 's/\./_0X2E_/g' -e 's/-/_0X2D_/g')
  while IFS= read -r line || [ -n "$line" ]; do
    if [ -n "$line" ]; then export "GITEA__${section}__${line%%=*}=${line#*=}"; fi
  done <"$file"
done

gitea config edit-ini --apply-env --config "$GITEA_APP_INI" --out "$GITEA_APP_INI"
