#!/bin/sh
# Brings the database up to date and sees to the administrator.
set -eu

gitea migrate

administrators=$(gitea admin user list --admin)
if ! echo "$administrators" | awk -v name="$GITEA_ADMIN_USERNAME" '$2 == name { found = 1 } END { exit !found }'; then
  must_change=false
  if [ "$GITEA_ADMIN_PASSWORD_MODE" = initialOnlyRequireReset ]; then must_change=true; fi
  gitea admin user create --admin --username "$GITEA_ADMIN_USERNAME" --password "$GITEA_ADMIN_PASSWORD" \
    --email "$GITEA_ADMIN_EMAIL" --must-change-password="$must_change"
elif [ "$GITEA_ADMIN_PASSWORD_MODE" = keepUpdated ]; then
  gitea admin user change-password --username "$GITEA_ADMIN_USERNAME" --password "$GITEA_ADMIN_PASSWORD" \
    --must-change-password=false
fi
