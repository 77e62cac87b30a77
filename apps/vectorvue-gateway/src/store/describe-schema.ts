import type { Queryable, Statement } from './database.ts';

/**
 * The schema as the catalog has it, one thing a line, in an order that does not depend on when it was made: tables,
 * columns, constraints, indexes, triggers, policies, functions (their bodies by hash) and grants. The same on both
 * databases; schema.txt holds it, and a test compares.
 */
export async function describeSchema(db: Queryable): Promise<string> {
  const lines: string[] = [];
  for (const [title, statement] of SECTIONS) {
    const rows = await db.query<{ line: string }>(statement);
    lines.push(`# ${title}`, ...rows.map((row) => row.line).sort(), '');
  }
  return lines.join('\n');
}

function section(title: string, text: string): readonly [string, Statement] {
  return [title, { name: `describe_${title.replaceAll(' ', '_')}`, text }];
}

const RELATIONS = `pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = 'federation'`;

const SECTIONS: readonly (readonly [string, Statement])[] = [
  section(
    'tables',
    `SELECT format('%s owner=%s rls=%s options=%s', c.relname, pg_get_userbyid(c.relowner), c.relrowsecurity,
                   coalesce(array_to_string(c.reloptions, ','), '')) AS line
       FROM ${RELATIONS} WHERE c.relkind = 'r'`,
  ),
  section(
    'columns',
    `SELECT format('%s.%s %s%s%s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
                   CASE WHEN a.attnotnull THEN ' not null' ELSE '' END,
                   CASE WHEN a.attidentity <> '' THEN ' identity=' || a.attidentity::text ELSE '' END,
                   coalesce(' collate=' || (SELECT collname::text FROM pg_collation
                                             WHERE oid = a.attcollation AND collname <> 'default'), ''),
                   coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')) AS line
       FROM ${RELATIONS} JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
       LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
      WHERE c.relkind = 'r'`,
  ),
  section(
    // Without those of PostgreSQL 18 for "not null", which older servers do not have; the columns say it.
    'constraints',
    `SELECT format('%s %s %s', c.relname, k.conname, pg_get_constraintdef(k.oid)) AS line
       FROM ${RELATIONS} JOIN pg_constraint AS k ON k.conrelid = c.oid WHERE k.contype <> 'n'`,
  ),
  section(
    'indexes',
    `SELECT pg_get_indexdef(i.indexrelid) AS line FROM ${RELATIONS} JOIN pg_index AS i ON i.indrelid = c.oid`,
  ),
  section(
    'triggers',
    `SELECT pg_get_triggerdef(t.oid) AS line FROM ${RELATIONS} JOIN pg_trigger AS t ON t.tgrelid = c.oid
      WHERE NOT t.tgisinternal`,
  ),
  section(
    'policies',
    `SELECT format('%s %s for %s to %s using (%s) check (%s)', tablename, policyname, cmd,
                   array_to_string(roles, ','), coalesce(qual, ''), coalesce(with_check, '')) AS line
       FROM pg_policies WHERE schemaname = 'federation'`,
  ),
  section(
    'functions',
    `SELECT format('%s(%s) returns %s language=%s volatility=%s definer=%s owner=%s config=%s body=%s', p.proname,
                   pg_get_function_identity_arguments(p.oid), pg_get_function_result(p.oid), l.lanname, p.provolatile,
                   p.prosecdef, pg_get_userbyid(p.proowner), coalesce(array_to_string(p.proconfig, ';'), ''),
                   left(encode(sha256(convert_to(coalesce(pg_get_function_sqlbody(p.oid), p.prosrc), 'UTF8')), 'hex'), 16))
              AS line
       FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace AND n.nspname = 'federation'
       JOIN pg_language AS l ON l.oid = p.prolang`,
  ),
  section(
    'grants',
    `SELECT DISTINCT format('%s %s to %s%s', g.privilege_type, g.thing, coalesce(r.rolname, 'PUBLIC'),
                   CASE WHEN g.is_grantable THEN ' with grant option' ELSE '' END) AS line
       FROM (
         SELECT 'schema federation' AS thing, x.grantee, x.privilege_type, x.is_grantable, nspowner AS owner
           FROM pg_namespace, aclexplode(nspacl) AS x WHERE nspname = 'federation'
         UNION ALL
         SELECT 'on ' || c.relname, x.grantee, x.privilege_type, x.is_grantable, c.relowner
           FROM ${RELATIONS}, aclexplode(c.relacl) AS x WHERE c.relkind = 'r'
         UNION ALL
         SELECT format('on %s.%s', c.relname, a.attname), x.grantee, x.privilege_type, x.is_grantable, c.relowner
           FROM ${RELATIONS} JOIN pg_attribute AS a ON a.attrelid = c.oid, aclexplode(a.attacl) AS x
         UNION ALL
         -- A null list is the default one: everybody may execute.
         SELECT 'function ' || p.proname, x.grantee, x.privilege_type, x.is_grantable, p.proowner
           FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace AND n.nspname = 'federation',
                aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS x
       ) AS g LEFT JOIN pg_roles AS r ON r.oid = g.grantee
      WHERE g.grantee <> g.owner`,
  ),
];
