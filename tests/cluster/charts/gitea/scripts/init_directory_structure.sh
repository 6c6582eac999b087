#!/bin/sh
set -eu
mkdir -p "$GITEA_CUSTOM/conf" "$GITEA_TEMP" "$HOME/.ssh"
chmod 700 "$HOME/.ssh"
