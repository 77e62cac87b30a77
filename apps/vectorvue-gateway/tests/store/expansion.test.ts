import { describe, expect, test } from '@jest/globals';
import { MIGRATIONS } from '../../src/store/migrations/index.ts';
import { isExpansion } from '../../src/store/migrations/is-expansion.ts';

describe('a migration that lets older gateways run', () => {
  test('is an expansion, and says what it does', () => {
    for (const { id, sql, plan, oldestProgram } of MIGRATIONS) {
      expect([id, plan]).toEqual([id, expect.stringMatching(/^[A-Z].{20,}\.$/)]);
      if (oldestProgram !== undefined) expect([id, isExpansion(sql)]).toEqual([id, true]);
    }
  });

  test.each([
    'CREATE TABLE a (b int NOT NULL); GRANT SELECT, INSERT, UPDATE, DELETE ON a TO vectorvue_serve;',
    'ALTER TABLE a ADD COLUMN b int',
    "ALTER TABLE a ADD COLUMN b text NOT NULL DEFAULT ''",
    "ALTER TABLE a ADD COLUMN b text DEFAULT '' NOT NULL",
    'CREATE INDEX i ON a (b)',
    "COMMENT ON TABLE a IS 'DROP nothing'; -- RENAME nothing",
    'CREATE TRIGGER t AFTER INSERT OR UPDATE ON a EXECUTE FUNCTION f()',
    'CREATE TABLE a (b int REFERENCES c ON DELETE CASCADE)',
    'CREATE FUNCTION f() RETURNS void AS $$ BEGIN DELETE FROM a; END $$ LANGUAGE plpgsql',
  ])('may: %s', (sql) => {
    expect(isExpansion(sql)).toBe(true);
  });

  test.each([
    'DROP TABLE a',
    'ALTER TABLE a DROP COLUMN b',
    'ALTER TABLE a RENAME COLUMN b TO c',
    'ALTER TABLE a ALTER COLUMN b TYPE bigint',
    'ALTER TABLE a ALTER b SET NOT NULL',
    'ALTER TABLE a ADD COLUMN b int NOT NULL',
    'ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0)',
    'CREATE OR REPLACE FUNCTION f() RETURNS void AS $$ $$ LANGUAGE sql',
    'REVOKE SELECT ON a FROM vectorvue_serve',
    'GRANT SELECT ON a TO b; UPDATE a SET b = 1',
    'CREATE TABLE a (b int); DROP FUNCTION f',
  ])('may not: %s', (sql) => {
    expect(isExpansion(sql)).toBe(false);
  });
});
