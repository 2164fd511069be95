#!/bin/sh
# Run once by the primary's image: lets the replica copy the data and follow.
echo "host replication assistant all scram-sha-256" >> "$PGDATA/pg_hba.conf"
