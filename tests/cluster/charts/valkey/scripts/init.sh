#!/bin/sh
# Writes the server's configuration anew at every start, and the users with the hashes of their passwords.
set -eu

mkdir -p /data/conf
{
  echo "port 6379"
  echo "protected-mode no"
  echo "bind * -::*"
  echo "dir /data"
  if [ -d /valkey-users-secret ]; then echo "aclfile /etc/valkey/users.acl"; fi
  cat /usr/local/etc/valkey/valkey.conf
} >/data/conf/valkey.conf

if [ -d /valkey-users-secret ]; then
  rm -f /etc/valkey/users.acl
  while read -r key user permissions; do
    password=$(cat "/valkey-users-secret/$key")
    hash=$(printf %s "$password" | sha256sum | cut -d ' ' -f 1)
    echo "user $user on #$hash $permissions" >>/etc/valkey/users.acl
  done </scripts/users
  chmod 0400 /etc/valkey/users.acl
fi
