#!/bin/sh
# Runs once, when the cluster is made: the owner who migrates and the role that serves.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    --set owner_password="$OWNER_DB_PASSWORD" --set app_password="$APP_DB_PASSWORD" <<'SQL'
CREATE ROLE pointsys_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE pointsys_app LOGIN PASSWORD :'app_password';
CREATE DATABASE pointsys OWNER pointsys_owner;
REVOKE CONNECT ON DATABASE pointsys FROM PUBLIC;
GRANT CONNECT ON DATABASE pointsys TO pointsys_app;
SQL
