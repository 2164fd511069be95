"""Statements: what the PostgreSQL engine asks of a database, in SQL; names of schemas and tables are filled in.

Arrays of numbers come back in the form in which PostgreSQL sends them.
"""

from typing import NamedTuple

from psycopg import sql

MOMENTS = sql.SQL("SELECT kind, mean, covariance FROM {0}.moments")
LISTS = sql.SQL(
    "SELECT kind, term, rows, impacts FROM {0}.terms WHERE kind = 'unit' AND term = ANY(%(unit)s::bytea[])"
    " UNION ALL "
    "SELECT kind, term, rows, impacts FROM {0}.terms WHERE kind = 'chunk' AND term = ANY(%(chunk)s::bytea[])"
    " UNION ALL "
    "SELECT kind, term, rows, impacts FROM {0}.terms WHERE kind = 'entry' AND term = ANY(%(entry)s::bytea[])"
)
HOLDING = sql.SQL(
    "SELECT term, octet_length(rows) FROM {0}.terms WHERE kind = 'entry' AND term = ANY(%(terms)s::bytea[])"
)
NEAREST = sql.SQL(
    "WITH asked AS (SELECT %(vector)b::real[]::vector AS vector),"
    " near AS MATERIALIZED (SELECT row FROM {0}.units {2}"
    "  ORDER BY vector::halfvec({1}) <#> %(vector)b::real[]::halfvec({1}) LIMIT %(most_units)s),"
    " around AS MATERIALIZED (SELECT row FROM {0}.chunks"
    "  ORDER BY vector::halfvec({1}) <#> %(vector)b::real[]::halfvec({1}) LIMIT %(most_chunks)s),"
    " wanted AS (SELECT row FROM near UNION SELECT unnest(%(units)b::int[])"
    "  UNION SELECT row FROM {0}.units JOIN (SELECT row AS chunk FROM around) AS found USING (chunk) {2})"
    "SELECT units.row, (-(units.vector <#> asked.vector))::real, (-(chunks.vector <#> asked.vector))::real"
    " FROM asked, wanted JOIN {0}.units USING (row) JOIN {0}.chunks ON chunks.row = units.chunk"
    " ORDER BY units.row"
)
ALLOWED = sql.SQL("WHERE get_bit(%(allowed)b::bytea, row) = 1")
"""Of `NEAREST`: the only units that may be found."""
SHARDS = sql.SQL("SELECT count(*) FROM pg_inherits WHERE inhparent = to_regclass(%(name)s)")
NEAREST_ON_SHARDS = sql.SQL(
    "SELECT shard, array_send(max(assistant.nearest(shard, %(snapshot)s::bigint, %(vector)b::real[]::vector,"
    " %(units)b::int[], %(allowed)b::bytea, %(most_units)s::int, %(most_chunks)s::int)))"
    " FROM {0}.shards GROUP BY shard"
)


class Statements(NamedTuple):
    """What is worded one way where the tables lie in one place, and another where they lie on shards."""

    sizes: sql.SQL
    every: sql.SQL
    """The cosine of every unit and of every chunk."""
    some: sql.SQL
    """Those of some."""
    best: sql.SQL
    """The best of each entry."""


IN_ONE_PLACE = Statements(
    sizes=sql.SQL("SELECT (SELECT count(*) FROM {0}.chunks), (SELECT count(*) FROM {0}.units)"),
    every=sql.SQL(
        "SELECT"
        " (SELECT array_send(array_agg((-(vector <#> %(vector)b::real[]::vector))::real ORDER BY row)) FROM {0}.units),"
        " (SELECT array_send(array_agg((-(vector <#> %(vector)b::real[]::vector))::real ORDER BY row)) FROM {0}.chunks)"
    ),
    some=sql.SQL(
        "SELECT"
        " (SELECT array_send(array_agg((-(vector <#> %(vector)b::real[]::vector))::real ORDER BY row))"
        "  FROM {0}.units WHERE row = ANY(%(units)b::int[])),"
        " (SELECT array_send(array_agg((-(vector <#> %(vector)b::real[]::vector))::real ORDER BY row))"
        "  FROM {0}.chunks WHERE row = ANY(%(chunks)b::int[]))"
    ),
    best=sql.SQL(
        "SELECT array_send(array_agg(best ORDER BY entry)) FROM (SELECT entry,"
        " max(-(vector <#> %(vector)b::real[]::vector) / length)::real AS best"
        " FROM {0}.{1} WHERE entry >= 0 GROUP BY entry) AS found"
    ),
)
ON_SHARDS = Statements(
    sizes=sql.SQL(
        "SELECT (SELECT sum(own)::bigint FROM (SELECT count(*) AS own FROM {0}.chunks GROUP BY shard) AS found),"
        " (SELECT sum(own)::bigint FROM (SELECT count(*) AS own FROM {0}.units GROUP BY shard) AS found)"
    ),
    every=sql.SQL(
        "SELECT"
        " (SELECT array_send(array_agg(own::real ORDER BY row)) FROM (SELECT shard, row,"
        "  max(-(vector <#> %(vector)b::real[]::vector)) AS own FROM {0}.units GROUP BY shard, row) AS found),"
        " (SELECT array_send(array_agg(own::real ORDER BY row)) FROM (SELECT shard, row,"
        "  max(-(vector <#> %(vector)b::real[]::vector)) AS own FROM {0}.chunks GROUP BY shard, row) AS found)"
    ),
    some=sql.SQL(
        "SELECT"
        " (SELECT array_send(array_agg(own::real ORDER BY row)) FROM (SELECT shard, row,"
        "  max(-(vector <#> %(vector)b::real[]::vector)) AS own FROM {0}.units WHERE row = ANY(%(units)b::int[])"
        "  GROUP BY shard, row) AS found),"
        " (SELECT array_send(array_agg(own::real ORDER BY row)) FROM (SELECT shard, row,"
        "  max(-(vector <#> %(vector)b::real[]::vector)) AS own FROM {0}.chunks WHERE row = ANY(%(chunks)b::int[])"
        "  GROUP BY shard, row) AS found)"
    ),
    best=sql.SQL(
        "SELECT array_send(array_agg(best::real ORDER BY entry)) FROM (SELECT entry, max(own) AS best FROM ("
        "SELECT shard, entry, max(-(vector <#> %(vector)b::real[]::vector) / length) AS own"
        " FROM {0}.{1} WHERE entry >= 0 GROUP BY shard, entry) AS found GROUP BY entry) AS of_all"
    ),
)
"""What is grouped by shard is worked out there."""
