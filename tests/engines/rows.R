# Rows that databases find hard, and their way into each engine without loss.

invisible(loadNamespace("bit64")) # its methods

# sample_rows(n, seed): a survey of `n` interviews in 40 strata, 2000 PSUs at most, with weights over six orders of magnitude.
# Any `n` rows of a seed have the same kinds of values, NA among them.
sample_rows <- function(n, seed = 1L) {
  set.seed(seed)
  pick <- function(values, probability = NULL) sample(values, n, replace = TRUE, prob = probability)
  psu <- pick(2000L)
  rows <- data.frame(
    id = seq_len(n),
    stratum = (psu - 1L) %/% 50L + 1L,
    psu = psu,
    population = 100, # PSUs of each stratum
    key = bit64::as.integer64("9007199254740993") + psu * 2L, # odd and above 2^53: no double has it
    weight = exp(stats::runif(n, log(1e-3), log(1e3))),
    age = pick(16:95),
    score = pick(c(1:6, NA)),
    answer = pick(c("ja", "Ja", "nee", "soms", NA), c(0.4, 0.05, 0.3, 0.15, 0.1)),
    region = pick(hard_texts),
    member = pick(c(TRUE, FALSE, NA)),
    day = as.Date("2024-02-27") + pick(c(0:3, NA))
  )
  rows$weight[pick(c(TRUE, FALSE), c(1, 999))] <- 0
  rows
}

# Pairs that a collation or a padding may take for one; quotes; and one, "\u212a", that folds to an ASCII letter.
hard_texts <- c(
  "a", "A", "a ", "\u00e4", "a\u0308", "b", "B", "", " ", "O'Brien", "say \"no\"", "100%", "k", "\u212a", "\u20ac"
)

# edge_weights(n): named kinds of weights at the ends of what doubles hold and of the core's cells
edge_weights <- function(n, seed = 1L) {
  set.seed(seed)
  base <- exp(stats::runif(n, log(1e-6), 0))
  list(
    smallest = rep(c(2^-1074, 2^-1022), length.out = n),
    tiny = base * 2^-130,
    below_one = base,
    whole = as.numeric(sample(1000000L, n, replace = TRUE)),
    sixteen = rep(2^16, n),
    below_sixteen = rep(2^16 - 2^-37, n), # the double before 2^16
    wide = exp(stats::runif(n, log(1e-30), 0)),
    large = c(2^480, base[-1L] * 2^480),
    zeros = base * (seq_len(n) %% 3L > 0L)
  )
}

# load_rows(con, name, data): a new table of these rows; `types` names columns that get another SQL type than their own, and
# `name` may be c("schema", "table"). The values go by files or arrays that the engine reads exactly.
load_rows <- function(con, name, data, types = character()) {
  engine <- engine_of(con)
  table <- quoted(con, name)
  own <- vapply(data, sql_type, "", engine = engine)
  own[names(types)] <- types
  columns <- vapply(names(data), function(v) quoted(con, v), "")
  drop_table(con, engine, table)
  do_sql(con, paste0(
    "CREATE TABLE ", table, " (", paste(columns, own, collapse = ", "), ")", if (engine == "clickhouse") " ENGINE = Memory"
  ))
  if (!nrow(data)) return(invisible())
  switch(
    engine,
    sqlite = load_bound(con, table, data),
    duckdb = load_arrow(con, table, data),
    clickhouse = load_bits(con, table, data, own),
    h2 = ,
    hsqldb = ,
    derby = load_batch(con, table, data),
    load_file(con, engine, table, data)
  )
  invisible()
}

drop_table <- function(con, engine, table) {
  if (engine != "derby") return(do_sql(con, paste("DROP TABLE IF EXISTS", table)))
  tryCatch(do_sql(con, paste("DROP TABLE", table)), error = function(e) NULL) # it has no IF EXISTS
}

# with the table that is in it
drop_schema <- function(con, word, schema, table) {
  drop_table(con, engine_of(con), quoted(con, c(schema, table)))
  do_sql(con, paste("DROP", word, quoted(con, schema), if (engine_of(con) == "derby") "RESTRICT"))
}

engine_of <- function(con) {
  switch(
    class(con)[1L],
    SQLiteConnection = "sqlite",
    PostgreSQLConnection = "postgresql",
    MySQLConnection = "mariadb",
    AdbiConnection = "duckdb",
    ClickHouseHttpConnection = "clickhouse",
    JDBCConnection = jdbc_engine(con)
  )
}

jdbc_engine <- function(con) {
  about <- rJava::.jcall(con@jc, "Ljava/sql/DatabaseMetaData;", "getMetaData")
  known <- c(H2 = "h2", `HSQL Database Engine` = "hsqldb", `Apache Derby` = "derby")
  known[[rJava::.jcall(about, "S", "getDatabaseProductName")]]
}

# The type of an R column; ClickHouse has to be told where NULL may stand.
sql_type <- function(x, engine) {
  kind <- class(x)[1L]
  own <- switch(
    engine,
    clickhouse = c(
      integer = "Int32", numeric = "Float64", integer64 = "Int64", character = "String", logical = "UInt8", Date = "Date"
    ),
    mariadb = c(numeric = "double", character = "varchar(200)"),
    sqlite = c(numeric = "real"),
    h2 = ,
    hsqldb = ,
    derby = c(character = "varchar(200)")
  )
  usual <- c(
    integer = "integer", numeric = "double precision", integer64 = "bigint", character = "text", logical = "boolean",
    Date = "date"
  )
  type <- if (kind %in% names(own)) own[[kind]] else usual[[kind]]
  if (engine == "clickhouse" && anyNA(x)) paste0("Nullable(", type, ")") else type
}

load_bound <- function(con, table, data) {
  days <- vapply(data, inherits, NA, what = "Date")
  data[days] <- lapply(data[days], format)
  marks <- paste(rep("?", length(data)), collapse = ", ")
  DBI::dbExecute(con, paste0("INSERT INTO ", table, " VALUES (", marks, ")"), params = unname(as.list(data)))
}

# Whole numbers of 64 bits, days and truth values go as texts, of which Java makes what the column is
load_batch <- function(con, table, data) {
  data[] <- lapply(data, function(x) if (is.integer(x) || is.numeric(x) && !is.object(x)) x else as.character(x))
  marks <- paste(rep("?", length(data)), collapse = ", ")
  rows <- if (nrow(data) == 1L) data[c(1L, 1L), , drop = FALSE] else data # RJDBC has another way with one row
  RJDBC::dbSendUpdate(con, paste0("INSERT INTO ", table, " VALUES (", marks, ")"), list = unname(as.list(rows)))
}

# By a table of Arrow's types, as the types asked for may be others
load_arrow <- function(con, table, data) {
  adbcdrivermanager::write_adbc(data, con@connection, "weeg_arrow", mode = "create", temporary = TRUE)
  DBI::dbExecute(con, paste0("INSERT INTO ", table, " SELECT * FROM weeg_arrow"))
  DBI::dbExecute(con, "DROP TABLE weeg_arrow")
}

# A file with tabs that the server reads itself, where its user may
load_file <- function(con, engine, table, data) {
  file <- tempfile("rows", setting("ENGINES"))
  on.exit(unlink(file))
  if (engine == "mariadb") data[] <- lapply(data, function(x) if (is.logical(x)) as.integer(x) else x)
  write_tabs(data, file)
  Sys.chmod(file, "644")
  DBI::dbExecute(con, switch(
    engine,
    postgresql = sprintf("COPY %s FROM '%s'", table, file),
    mariadb = sprintf("LOAD DATA INFILE '%s' INTO TABLE %s CHARACTER SET utf8mb4", file, table)
  ))
}

# ClickHouse reads decimals inexactly: doubles go as whole numbers of the same bits.
load_bits <- function(con, table, data, types) {
  double <- types %in% c("Float64", "Nullable(Float64)")
  columns <- vapply(names(data), function(v) quoted(con, v), "")
  of_bits <- sprintf("reinterpretAsFloat64(reinterpretAsString(assumeNotNull(%s)))", columns)
  of_bits <- ifelse(grepl("Nullable", types), sprintf("if(isNull(%s), NULL, %s)", columns, of_bits), of_bits)
  data[double] <- lapply(data[double], bits)
  data[] <- lapply(data, function(x) {
    if (is.logical(x)) as.integer(x) else if (is.double(x) && !is.object(x)) as.character(x) else x # decimals have few digits
  })
  types[double] <- sub("Float64", "Int64", types[double])
  file <- tempfile()
  on.exit(unlink(file))
  write_tabs(data, file)
  do_sql(con, "DROP TABLE IF EXISTS weeg_bits")
  do_sql(con, paste0("CREATE TABLE weeg_bits (", paste(columns, types, collapse = ", "), ") ENGINE = Memory"))
  clickhouse(con, "INSERT INTO weeg_bits FORMAT TabSeparated", file)
  picked <- paste(ifelse(double, of_bits, columns), collapse = ", ")
  do_sql(con, paste0("INSERT INTO ", table, " SELECT ", picked, " FROM weeg_bits"))
  do_sql(con, "DROP TABLE weeg_bits")
}

# The bits of doubles; those of -0 are integer64's NA, and 0 is the same weight.
bits <- function(x) {
  lost <- is.na(x)
  x <- x + 0
  oldClass(x) <- "integer64"
  x[lost] <- NA
  x
}

# data.table writes integer64 and dates as they are, but doubles with 15 digits.
write_tabs <- function(data, file) {
  cells <- lapply(data, function(x) {
    if (is.character(x)) return(escaped(enc2utf8(x)))
    if (is.double(x) && !is.object(x)) ifelse(is.na(x), NA, sprintf("%.17g", x)) else x
  })
  data.table::fwrite(
    cells, file, sep = "\t", quote = FALSE, na = "\\N", col.names = FALSE, eol = "\n", nThread = 1L, showProgress = FALSE
  )
}

escaped <- function(text) {
  signs <- c("\\" = "\\\\", "\t" = "\\t", "\n" = "\\n")
  for (sign in names(signs)) text <- gsub(sign, signs[[sign]], text, fixed = TRUE)
  text
}
