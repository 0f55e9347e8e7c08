-- Everything in the hub's schemas besides their rows: one line a fact. Not a migration: see hub/store/catalogue.py.

WITH space AS (
    SELECT * FROM pg_namespace WHERE nspname = 'public' OR nspowner::regrole::text LIKE 'mash\_%'
), relation AS (
    SELECT pg_class.*, format('%I.%I', nspname, relname) AS name FROM pg_class JOIN space ON space.oid = relnamespace
), function AS (
    SELECT pg_proc.*, format('%I.%I(%s)', nspname, proname, pg_get_function_identity_arguments(pg_proc.oid)) AS name
    FROM pg_proc JOIN space ON space.oid = pronamespace
), granted (object, acl, kind, owner) AS (
    SELECT format('schema %I', nspname), nspacl, 'n'::"char", nspowner FROM space
    UNION ALL
    SELECT name, relacl, CASE relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, relowner FROM relation
    WHERE relkind NOT IN ('i', 'I', 'c')
    UNION ALL
    SELECT name, proacl, 'f'::"char", proowner FROM function
)

SELECT format('%s may %s%s: %s', coalesce(rolname, 'PUBLIC'), privilege_type,
              CASE WHEN is_grantable THEN ' and grant' ELSE '' END, object)
FROM granted, LATERAL aclexplode(coalesce(acl, acldefault(kind, owner))) LEFT JOIN pg_roles ON pg_roles.oid = grantee
WHERE grantee <> owner

UNION ALL
SELECT format('%s may %s%s: column %s.%I', coalesce(rolname, 'PUBLIC'), privilege_type,
              CASE WHEN is_grantable THEN ' and grant' ELSE '' END, name, attname)
FROM pg_attribute JOIN relation ON relation.oid = attrelid, LATERAL aclexplode(attacl)
LEFT JOIN pg_roles ON pg_roles.oid = grantee
WHERE attnum > 0 AND NOT attisdropped

UNION ALL
SELECT format('schema %I of %s', nspname, nspowner::regrole) FROM space

UNION ALL
SELECT format('relation %s of %s: kind %s, persistence %s, row security %s', name, relowner::regrole, relkind,
              relpersistence, relrowsecurity)
FROM relation

UNION ALL
SELECT format('column %s.%I: %s, not null %s, storage %s, default %s', name, attname, format_type(atttypid, atttypmod),
              attnotnull, attstorage, coalesce(pg_get_expr(adbin, adrelid), 'none'))
FROM pg_attribute JOIN relation ON relation.oid = attrelid
LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE attnum > 0 AND NOT attisdropped AND relkind NOT IN ('i', 'I', 'S')

UNION ALL
SELECT format('constraint %I on %s: %s', conname, name, pg_get_constraintdef(pg_constraint.oid))
FROM pg_constraint JOIN relation ON relation.oid = conrelid WHERE contype <> 'n'

UNION ALL
SELECT pg_get_indexdef(indexrelid) FROM pg_index JOIN relation ON relation.oid = indrelid

UNION ALL
SELECT format('rule %I on %s: %s', rulename, name, pg_get_ruledef(pg_rewrite.oid))
FROM pg_rewrite JOIN relation ON relation.oid = ev_class

UNION ALL
SELECT format('trigger %I on %s: kind %s, enabled %s, calls %s', tgname, name, tgtype, tgenabled, tgfoid::regproc)
FROM pg_trigger JOIN relation ON relation.oid = tgrelid WHERE NOT tgisinternal

UNION ALL
SELECT format('function %s of %s: %s, returns %s, as definer %s, with %s, body %s', name, proowner::regrole, lanname,
              prorettype::regtype, prosecdef, coalesce(proconfig::text, 'nothing'), md5(prosrc))
FROM function JOIN pg_language ON pg_language.oid = prolang

UNION ALL
SELECT format('%s is a member of %s: inherits %s, may become it %s, may admit %s', member::regrole, roleid::regrole,
              inherit_option, set_option, admin_option)
FROM pg_auth_members WHERE roleid::regrole::text LIKE 'mash\_%'

UNION ALL
SELECT format('role %I: superuser %s, signs in %s, makes roles %s', rolname, rolsuper, rolcanlogin, rolcreaterole)
FROM pg_roles WHERE rolname LIKE 'mash\_%'
