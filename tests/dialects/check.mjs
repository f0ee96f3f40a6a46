// node tests/dialects/check.mjs: the queries of tests/testthat/_snaps/sql-query.md in grammars of engines that cannot run here.
// Lines "ok ..." and "not ok ...". Each grammar must also refuse each query when it is mutilated.
import fs from 'node:fs'
import { createRequire, register } from 'node:module'
import { pathToFileURL } from 'node:url'

const root = new URL('../../', import.meta.url)
const modules = new URL('.deps/dialects/', root)
const require = createRequire(modules)

// dt-sql-parser names its files without their ends
const hook = `export async function resolve(name, context, next) {
  for (const end of ['', '.js', '/index.js']) try { return await next(name + end, context) } catch (e) { if (end === '/index.js') throw e }
}`
register('data:text/javascript,' + encodeURIComponent(hook))
const load = (path) => import(new URL('node_modules/' + path, modules))

// the errors of an ANTLR parser
function complaints(lexer, makeParser, start) {
  const found = []
  const listener = {
    syntaxError: (_recognizer, _symbol, line, column, message) => found.push(`${line}:${column} ${message}`),
    reportAmbiguity() {}, reportAttemptingFullContext() {}, reportContextSensitivity() {}
  }
  const parser = makeParser(lexer)
  for (const each of [lexer, parser]) {
    each.removeErrorListeners()
    each.addErrorListener(listener)
  }
  parser[start]()
  return found
}

function antlr4ts(name, kind, start) {
  const { CharStreams, CommonTokenStream } = require('antlr4ts')
  const { CaseChangingStream } = require('antlr4ts-sql/dist/src/models/CaseChangingStream')
  const grammar = (part) => require(`antlr4ts-sql/dist/src/grammar-output/${name}/${kind}${part}`)[kind + part]
  const [Lexer, Parser] = [grammar('Lexer'), grammar('Parser')]
  return (sql) => complaints(
    new Lexer(new CaseChangingStream(CharStreams.fromString(sql + ';\n'), true)),
    (lexer) => new Parser(new CommonTokenStream(lexer)), start
  )
}

async function spark() {
  const { SparkSqlLexer } = await load('dt-sql-parser/dist/lib/spark/SparkSqlLexer.js')
  const { SparkSqlParser } = await load('dt-sql-parser/dist/lib/spark/SparkSqlParser.js')
  const { CharStreams, CommonTokenStream } = await load('antlr4ng/dist/index.mjs')
  return (sql) => complaints( // its tokens are capitals
    new SparkSqlLexer(CharStreams.fromString(sql.toUpperCase() + ';')),
    (lexer) => new SparkSqlParser(new CommonTokenStream(lexer)), 'program'
  )
}

async function rust() {
  const { init, validate } = await import(pathToFileURL(require.resolve('@guanmingchiu/sqlparser-ts')))
  await init()
  return (dialect) => (sql) => {
    try {
      validate(sql, dialect)
      return []
    } catch (e) {
      return [String(e.message ?? e)]
    }
  }
}

const sqlparser = await rust()
const grammars = {
  mssql: antlr4ts('tsql', 'TSql', 'tsql_file'),
  oracle: antlr4ts('plsql', 'PlSql', 'sql_script'),
  spark: await spark(),
  snowflake: sqlparser('snowflake'),
  bigquery: sqlparser('bigquery'),
  redshift: sqlparser('redshift')
}

const mutilated = {
  'a parenthesis less': (sql) => sql.replace(/\)([^)]*)$/, '$1'),
  'no comma': (sql) => sql.replace(/^SELECT (\S+ AS \S+), /, 'SELECT $1 '),
  'GROUP without BY': (sql) => sql.replace(/GROUP BY(?!.*GROUP BY)/s, 'GROUP'),
  'CAST without AS': (sql) => sql.replace(/CAST\((.+?) AS /, 'CAST($1 '),
  'CASE without END': (sql) => sql.replace(/ END\b/, '')
}

const said = fs.readFileSync(new URL('tests/testthat/_snaps/sql-query.md', root), 'utf8')
for (const [, dialect, kind, text] of said.matchAll(/^ {6}-- (\w+), (\w+)\n((?: {6}\S.*\n)+)/gm)) {
  const check = grammars[dialect]
  if (!check) continue
  const sql = text.replace(/^ {6}/gm, '').trim()
  const name = `${dialect}, ${kind}`
  const wrong = check(sql)
  console.log(wrong.length ? `not ok ${name}: ${wrong[0]}` : `ok ${name}`)
  if (kind !== 'rows' && kind !== 'clusters') continue
  for (const [how, change] of Object.entries(mutilated)) {
    const broken = change(sql)
    if (broken === sql) continue
    console.log(`${check(broken).length ? 'ok' : 'not ok'} ${name} is refused with ${how}`)
  }
}
