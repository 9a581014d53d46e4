-- What belongs to a database itself and not to what is in it.
SELECT pg_catalog.pg_get_userbyid(d.datdba),
       pg_catalog.pg_encoding_to_char(d.encoding),
       d.datcollate,
       d.datctype,
       CASE pg_catalog.to_jsonb(d) ->> 'datlocprovider' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END,
       coalesce(pg_catalog.to_jsonb(d) ->> 'datlocale', pg_catalog.to_jsonb(d) ->> 'daticulocale'),
       pg_catalog.to_jsonb(d) ->> 'daticurules',
       t.spcname,
       d.datconnlimit,
       d.datistemplate,
       pg_catalog.shobj_description(d.oid, 'pg_database'),
       d.datacl IS NOT NULL,
       (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(r.rolname, pg_catalog.split_part(s.setting, '=', 1),
            pg_catalog.substr(s.setting, pg_catalog.strpos(s.setting, '=') + 1)))
        FROM pg_catalog.pg_db_role_setting AS c
        CROSS JOIN LATERAL pg_catalog.unnest(c.setconfig) AS s (setting)
        LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = c.setrole
        WHERE c.setdatabase = d.oid),
       (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(g.rolname, coalesce(r.rolname, 'PUBLIC'), a.privilege_type,
            a.is_grantable, a.grantee = 0) ORDER BY a.place)
        FROM pg_catalog.aclexplode(d.datacl) WITH ORDINALITY AS a (grantor, grantee, privilege_type, is_grantable, place)
        JOIN pg_catalog.pg_roles AS g ON g.oid = a.grantor
        LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = a.grantee)
FROM pg_catalog.pg_database AS d
JOIN pg_catalog.pg_tablespace AS t ON t.oid = d.dattablespace
WHERE d.datname = %(database)s
