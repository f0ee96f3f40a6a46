# Conditions and terms of formulas as SQL, with the meaning that they have in memory (R/seen.R). Comparisons and arithmetic of
# numbers are SQL; any other expression of one variable is evaluated here, on its distinct values, and sent as bounds or lists.
# What is neither is refused, with a reason.
#
# What is TRUE, FALSE or NA in R is a pair of conditions here: `yes` and `no`, when it is TRUE and when it is FALSE. Both are made
# of AND and OR alone, so that no more is asked of an engine's NULL than not to be true: some have NULL AND FALSE as NULL, NULL OR
# FALSE as FALSE, or NULL IN (...) as FALSE, and a NOT of these would select the rows that are missing.

# How many distinct values of a variable an expression is evaluated on here.
most_distinct <- 10000L

# ---- conditions ---------------------------------------------------------------------------------------------------------

# A condition of SQL, in parentheses: it holds where R's is TRUE. Its attribute `watched` is that of watched_sql().
sql_condition <- function(table, expression, envir) {
  check_names_in(expression, names(table$types), envir, "subset")
  at <- sql_context(table, expression, envir)
  structure(logical_sql(at, expression, top = TRUE)$yes, watched = watched_sql(at))
}

# The table, where constants are looked up, the expression that the user wrote, and what is watched.
sql_context <- function(table, expression, envir) {
  if (is.null(table$found)) table$found <- new.env(parent = emptyenv())
  list(table = table, envir = envir, whole = expression, watched = new.env(parent = emptyenv()))
}

# What was found of distinct values says nothing of values that come later: conditions (SQL) that hold in rows that have one of
# the values, by the name of the variable, so that other rows are missed by the count of a tally (ask_groups()). NULL: none.
watched_sql <- function(at) unlist(as.list(at$watched, sorted = TRUE))

# list(yes, no). at: sql_context(). top: nothing stands above it, so that numbers are no truth values.
logical_sql <- function(at, e, top = FALSE) {
  if (is_constant(at, e)) return(constant_condition(at, e))
  parts <- if (is.call(e)) as.list(e)[-1L] else list()
  name <- called_name(e)
  if (length(parts) == 1L && name %in% c("(", "I")) return(logical_sql(at, parts[[1L]], top))
  if (length(parts) == 2L && name %in% c("&&", "||")) refuse_sql(at, e, "it is of single values; of columns, use & and |")
  if (c("!" = 1L, "&" = 2L, "|" = 2L, xor = 2L)[name] %in% length(parts)) {
    return(combined_sql(name, lapply(parts, function(part) logical_sql(at, part))))
  }
  made <- compared_sql(at, e, name, parts)
  if (is.null(made)) listed_sql(at, e, top) else made
}

combined_sql <- function(name, of) {
  both <- function(a, b) paste0("(", a, " AND ", b, ")")
  either <- function(a, b) paste0("(", a, " OR ", b, ")")
  a <- of[[1L]]
  b <- of[[length(of)]]
  switch(
    name,
    "!" = list(yes = a$no, no = a$yes),
    "&" = list(yes = both(a$yes, b$yes), no = either(a$no, b$no)),
    "|" = list(yes = either(a$yes, b$yes), no = both(a$no, b$no)),
    xor = list(yes = either(both(a$yes, b$no), both(a$no, b$yes)), no = either(both(a$yes, b$yes), both(a$no, b$no)))
  )
}

called_name <- function(e) {
  name <- if (is.call(e)) e[[1L]]
  if (is.call(name) && length(name) == 3L && identical(name[[1L]], as.name("::"))) name <- name[[3L]]
  if (is.name(name)) as.character(name) else ""
}

is_constant <- function(at, e) !any(all.vars(e) %in% names(at$table$types))

constant <- function(at, e) {
  tryCatch(eval(e, at$envir), error = function(error) {
    abort("variable", "cannot evaluate the condition ", deparse1(at$whole), ": ", conditionMessage(error))
  })
}

constant_condition <- function(at, e) {
  value <- constant(at, e)
  if (length(value) != 1L || !(is.logical(value) || is.numeric(value))) {
    refuse_sql(at, e, paste("it has no column, and is", length(value), class(value)[1L], "where one TRUE or FALSE is needed"))
  }
  list(yes = if (value %in% c(NA, 0)) nowhere else "(1 = 1)", no = if (value %in% 0) "(1 = 1)" else nowhere)
}

nowhere <- "(1 = 0)"

refuse_sql <- function(at, e, why) {
  whole <- if (!identical(e, at$whole)) c(" (in ", deparse1(at$whole), ")")
  do.call(abort, c(list("unsupported", "`", deparse1(e), "`"), whole, list(" is not evaluated in a database: ", why,
    hint = "Make it a column: DBI::SQL(\"select *, ... as x from ...\"), or dplyr::mutate() of a table of dplyr")))
}

# ---- numbers ------------------------------------------------------------------------------------------------------------

# Comparisons and questions about missing values; NULL: has no SQL.
compared_sql <- function(at, e, name, parts) {
  count <- length(parts)
  if (name %in% names(sql_signs) && count == 2L) return(comparison_sql(at, name, parts[[1L]], parts[[2L]]))
  if (name == "%in%" && count == 2L) return(member_sql(at, parts[[1L]], parts[[2L]]))
  if (name == "between" && count == 3L && is.null(names(parts))) {
    ends <- list(comparison_sql(at, ">=", parts[[1L]], parts[[2L]]), comparison_sql(at, "<=", parts[[1L]], parts[[3L]]))
    return(if (!any(vapply(ends, is.null, NA))) combined_sql("&", ends))
  }
  if (name == "is.na" && count == 1L) return(missing_sql(at, parts[[1L]]))
}

# The signs of SQL, and the opposites.
sql_signs <- c("==" = "=", "!=" = "<>", "<" = "<", "<=" = "<=", ">" = ">", ">=" = ">=")
sql_opposites <- c("==" = "<>", "!=" = "=", "<" = ">=", "<=" = ">", ">" = "<=", ">=" = "<")

comparison_sql <- function(at, sign, left, right) {
  sides <- list(side_sql(at, left), side_sql(at, right))
  kinds <- vapply(sides, function(side) if (is.null(side)) "" else side$kind, "")
  if ("" %in% kinds) return(NULL)
  if ("missing" %in% kinds) return(list(yes = nowhere, no = nowhere))
  if (kinds[1L] != kinds[2L]) return(NULL)
  if (kinds[1L] == "text") {
    if (!sign %in% c("==", "!=")) return(NULL) # their order is that of the language
    if (length(sql_columns(at, call(sign, left, right))) == 1L) check_occurs(at, call(sign, left, right))
  }
  compared <- function(sign) paste0("(", sides[[1L]]$sql, " ", sign, " ", sides[[2L]]$sql, ")")
  list(yes = compared(sql_signs[[sign]]), no = compared(sql_opposites[[sign]]))
}

# Of few texts it is to be known whether they occur: an error of R, as with rows in memory.
check_occurs <- function(at, e) {
  if (length(distinct_values(at, sql_columns(at, e))) <= most_distinct) seen_values(at, e, "subset")
}

sql_columns <- function(at, e) intersect(all.vars(e), names(at$table$types))

# A constant, column or arithmetic as SQL: list(sql, kind = "number" or "text"), `whole` where it is a whole number for sure; or
# NULL.
side_sql <- function(at, e) {
  if (is_constant(at, e)) return(constant_side(at, constant(at, e)))
  if (is.name(e)) return(column_side(at, as.character(e)))
  arithmetic_sql(at, called_name(e), as.list(e)[-1L])
}

constant_side <- function(at, value) {
  value <- double_constants(at, value)
  if (length(value) != 1L || !is_plain(value)) return(NULL)
  if (is.na(value)) return(list(sql = "NULL", kind = "missing", whole = FALSE))
  if (is.character(value)) {
    if (!nzchar(value) && at$table$engine$name == "oracle") return(NULL) # where it is NULL
    return(list(sql = sql_text(at$table, value), kind = "text", whole = FALSE))
  }
  value <- as.double(value)
  if (is.infinite(value)) return(NULL)
  list(sql = sql_constant(at, value), kind = "number", whole = value == round(value) && abs(value) < 2^31, value = value)
}

# of class integer64, as doubles
double_constants <- function(at, values) {
  if (!inherits(values, "integer64")) return(values)
  need_package("bit64", "for whole numbers of 64 bits")
  values <- suppressWarnings(bit64::as.double.integer64(values)) # it warns where it loses
  if (any(abs(values) >= 2^53, na.rm = TRUE)) refuse_sql(at, at$whole, beyond_doubles)
  values
}

# a sign before a number must not meet another: -- begins a comment
sql_constant <- function(at, value) {
  number <- sql_number(at$table, value)
  if (value < 0) paste0("(", number, ")") else number
}

column_side <- function(at, name) {
  table <- at$table
  type <- table$types[[name]]
  if (type == "character") return(list(sql = sql_key(table, name, "subset"), kind = "text", whole = FALSE))
  if (type == "integer") check_numbers_alone(table, name)
  if (type == "integer") return(list(sql = sql_name(table, name), kind = "number", whole = TRUE, column = name))
  if (!type %in% c("numeric", "integer64")) return(NULL)
  if (type == "integer64") refuse_beyond_doubles(at, name)
  number <- sql_measure(table, name, "subset")
  list(sql = sprintf(table$engine$nan, number), kind = "number", whole = FALSE)
}

# Conditions compute with doubles.
refuse_beyond_doubles <- function(at, name) {
  key <- function(part) sql_key(part, name, "subset")
  found <- ask_database(at$table, function(part) {
    paste0("SELECT MIN(", key(part), ") AS a, MAX(", key(part), ") AS b FROM ", part$from)
  }, paste0("find the largest value of `", name, "`"))
  if (any(abs(as.double(unlist(found))) >= 2^53, na.rm = TRUE)) refuse_sql(at, as.name(name), beyond_doubles)
}

beyond_doubles <- "it has whole numbers of 2^53 or more, which numbers of double precision do not keep apart"

# In doubles, as R computes: whole numbers are cast, so that nothing overflows or is divided as integers.
arithmetic_sql <- function(at, name, parts) {
  if (!name %in% c("(", "+", "-", "*", "/", "%/%", "%%")) return(NULL)
  sides <- lapply(parts, function(part) side_sql(at, part))
  if (!all(vapply(sides, function(side) !is.null(side) && side$kind == "number", NA))) return(NULL)
  doubles <- vapply(sides, function(side) if (is.null(side$column)) side$sql else sql_double(at$table, side$sql), "")
  whole <- all(vapply(sides, function(side) side$whole, NA))
  result <- function(sql, whole) list(sql = paste0("(", sql, ")"), kind = "number", whole = whole)
  if (length(parts) == 1L) {
    if (name == "(") return(sides[[1L]])
    return(if (name %in% c("+", "-")) result(paste0(name, "(", doubles, ")"), whole))
  }
  if (name %in% c("+", "-", "*")) return(result(paste(doubles[1L], name, doubles[2L]), whole && name != "*"))
  # what R has as Inf or NaN is an error or NULL elsewhere
  by <- sides[[2L]]$value
  if (is.null(by) || by == 0) return(NULL)
  if (name == "/") return(result(paste(doubles[1L], "/", doubles[2L]), FALSE))
  if (!whole) return(NULL) # R corrects the quotient of fractions
  below <- sprintf(at$table$engine$below, paste0("(", doubles[1L], " / ", doubles[2L], ")"))
  quotient <- sql_double(at$table, below) # which is an integer in some engines
  if (name == "%/%") return(result(quotient, TRUE))
  result(paste(doubles[1L], "-", quotient, "*", doubles[2L]), TRUE)
}

# Missing where the variable is, but for a table that has NA itself, which asks about them.
member_sql <- function(at, left, right) {
  if (!is_constant(at, right)) return(NULL)
  values <- constant(at, right)
  values <- double_constants(at, values)
  if (!is.null(values) && !is_plain(values)) return(NULL)
  side <- side_sql(at, left)
  if (is.null(side) || is_constant(at, left) || any(is.nan(values) | is.infinite(values))) return(NULL)
  known <- values[!is.na(values)]
  if (side$kind == "text") {
    if (!is.character(known) || at$table$engine$name == "oracle" && "" %in% known) return(NULL)
    if (is.name(left)) check_occurs(at, call("%in%", left, right))
  } else if (!is.numeric(known) && length(known) > 0L) return(NULL)
  items <- if (side$kind == "text") sql_text(at$table, known) else sql_numbers(at, known)
  among <- if (length(known) > 0L) in_list(side$sql, items) else nowhere
  others <- paste0("(", side$sql, " IS NOT NULL AND NOT ", among, ")")
  list(yes = if (anyNA(values)) paste0("(", side$sql, " IS NULL OR ", among, ")") else among, no = others)
}

sql_numbers <- function(at, numbers) vapply(as.double(numbers), function(value) sql_constant(at, value), "")

# Some engines take lists of at most 1000.
in_list <- function(what, items) {
  lists <- split(items, (seq_along(items) - 1L) %/% 500L)
  paste0("(", paste0(what, " IN (", vapply(lists, sql_list, ""), ")", collapse = " OR "), ")")
}

missing_sql <- function(at, e) {
  gone <- function(what) list(yes = paste0("(", what, " IS NULL)"), no = paste0("(", what, " IS NOT NULL)"))
  if (is.name(e) && as.character(e) %in% names(at$table$types)) {
    side <- if (at$table$types[[as.character(e)]] != "integer64") column_side(at, as.character(e))
    return(gone(if (is.null(side)) sql_name(at$table, as.character(e)) else side$sql))
  }
  side <- side_sql(at, e)
  if (!is.null(side)) return(if (side$kind == "number") gone(side$sql))
  if (!called_name(e) %in% c("(", "!", "&", "|", "xor", "==", "!=", "<", "<=", ">", ">=")) return(NULL)
  under <- logical_sql(at, e)
  known <- paste("CASE WHEN", under$yes, "THEN 1 WHEN", under$no, "THEN 1 ELSE 0 END")
  list(yes = paste0("(", known, " < 1)"), no = paste0("(", known, " > 0)")) # MariaDB takes one CASE = 1 for another
}

# ---- by values ----------------------------------------------------------------------------------------------------------

# An expression of one variable as the values for which it is TRUE, and those for which it is FALSE.
listed_sql <- function(at, e, top = FALSE) {
  seen <- seen_values(at, e, "subset")
  answer <- seen$answer
  if (!is.logical(answer) && (top || !is.numeric(answer))) {
    abort("argument", "the condition ", deparse1(e), " is not logical, but ", class(answer)[1L])
  }
  number <- as.numeric(as.logical(answer))
  list(yes = value_test(at, seen, number, 1), no = value_test(at, seen, number, 0))
}

# list(name, key, values, answer): the distinct values of the only variable of an expression, and what it is for each.
seen_values <- function(at, e, argument) {
  name <- sql_columns(at, e)
  if (length(name) != 1L) refuse_sql(at, e, paste("it has no SQL that means the same, and is of", length(name), "variables"))
  sql_known(at$table, name, argument)
  type <- at$table$types[[name]]
  if (!type %in% c("integer", "numeric", "integer64", "character", "logical", "Date", "factor")) {
    refuse_sql(at, e, paste0("`", name, "` is of class ", type, ", whose values cannot be sent back"))
  }
  if (type == "integer64") refuse_beyond_doubles(at, name)
  values <- distinct_values(at, name)
  if (length(values) > most_distinct) {
    refuse_sql(at, e, paste0("it has no SQL that means the same, and `", name, "` has more than ", format_count(most_distinct),
                             " values, on which it would be evaluated here"))
  }
  list(name = name, key = value_key(at$table, name), values = values, answer = answers_alone(at, e, name, values, argument))
}

# Whether a row has one of the values.
among_values <- function(at, seen) {
  gone <- is.na(seen$values)
  values <- sort(seen$values[!gone], method = "radix")
  among <- if (!length(values)) nowhere else if (is.numeric(values)) among_numbers(at, seen, values) else {
    in_list(seen$key, literals_sql(at, values))
  }
  if (any(gone)) paste0("(", missing_test(at, seen), " OR ", among, ")") else among
}

among_numbers <- function(at, seen, values) {
  range <- range(values)
  if (at$table$types[[seen$name]] == "integer" && diff(range) + 1 == length(values)) {
    ends <- sql_numbers(at, range)
    return(paste0("(", seen$key, " >= ", ends[1L], " AND ", seen$key, " <= ", ends[2L], ")"))
  }
  number <- sprintf(at$table$engine$nan, seen$key)
  limits <- sql_numbers(at, c(-1, 1) * .Machine$double.xmax)
  tests <- c(if (any(is.finite(values))) in_list(number, sql_numbers(at, values[is.finite(values)])),
             if (-Inf %in% values) paste(number, "<", limits[1L]), if (Inf %in% values) paste(number, ">", limits[2L]))
  paste0("(", paste(tests, collapse = " OR "), ")")
}

# At most one more than can be used.
distinct_values <- function(at, name) {
  values <- column_values(at$table, name, most_distinct)
  kind <- at$table$types[[name]]
  if (kind == "logical") return(as.logical(as.numeric(values))) # some drivers have 0 and 1 for them, once they are a list
  if (kind %in% c("integer", "numeric", "integer64")) as.numeric(values) else values
}

# A column as its values are found again.
value_key <- function(table, name) {
  if (table$types[[name]] %in% c("numeric", "integer64")) sql_measure(table, name) else sql_key(table, name)
}

# The values of a column are among those that were listed.
check_same_values <- function(data, name) {
  known <- distinct_values(list(table = data), name)
  data$found <- new.env(parent = emptyenv())
  now <- distinct_values(list(table = data), name)
  if (!all(now %in% known)) abort_new_value(name, now[!now %in% known][1L])
}

# The answers for all values together. They must be those for each value alone, and for values that come more than once: mean(),
# rank(), duplicated() or cut(x, 3) depend on the other rows, which are not here.
answers_alone <- function(at, e, name, values, argument) {
  evaluated <- function(some) {
    answer <- tryCatch(eval_seen(e, stats::setNames(list(some), name), at$envir), error = function(error) {
      if (inherits(error, "weeg_error")) stop(error)
      abort("variable", "cannot evaluate ", deparse1(e), " in `", argument, "`: ", conditionMessage(error))
    })
    if (length(answer) != length(some) || length(dim(answer)) > 0L || is.list(answer)) {
      refuse_sql(at, e, paste0("it has ", counted(length(answer), "value"), " for the ", length(some), " of `", name, "`"))
    }
    answer
  }
  many <- intersect(all.names(e), of_many_rows)
  if (length(many) > 0L) refuse_sql(at, e, paste0("`", many[1L], "()` looks at all rows, which are not here"))
  n <- length(values)
  answer <- evaluated(values[rep(seq_len(n), if (n == 1L) 2L else 1L)])[seq_len(n)] # one row is not asked whether it has a text
  again <- c(seq_len(n), rev(seq_len(n)), seq_len(n %/% 2L))
  some <- if (n > 200L) round(seq(1, n, length.out = 200L)) else seq_len(n)
  same <- function(rows) {
    tryCatch(identical(as.character(evaluated(values[rows])), as.character(answer[rows])), error = function(e) FALSE)
  }
  if (!same(again) || !all(vapply(some, same, NA))) refuse_sql(at, e, "its value for a row depends on other rows")
  answer
}

of_many_rows <- c(
  "mean", "median", "max", "min", "range", "sum", "prod", "var", "sd", "quantile", "length", "nrow", "NROW", "n", "any", "all",
  "rank", "order", "sort", "rev", "unique", "duplicated", "table", "tabulate", "cumsum", "cumprod", "cummax", "cummin", "diff",
  "lag", "lead", "scale", "ave", "seq_along", "row_number", "ntile", "min_rank", "percent_rank", "cume_dist", "sample", "runif",
  "rnorm", "which", "which.max", "which.min", "isTRUE", "isFALSE", "identical", "head", "tail", "reorder", "fivenum", "mad", "IQR"
)

# Whether a row has one of the values with this number.
value_test <- function(at, seen, number, wanted) {
  tests <- value_tests(at, seen, number)
  tests <- tests$sql[tests$number == wanted]
  if (length(tests) == 0L) nowhere else paste0("(", paste(tests, collapse = " OR "), ")")
}

# CASE ... END: the number of each of the values; NA is NULL.
value_cases <- function(at, seen, number) {
  tests <- value_tests(at, seen, number)
  if (length(tests$sql) == 0L) return("NULLIF(1, 1)")
  paste0("CASE", paste0(" WHEN ", tests$sql, " THEN ", sprintf("%.0f", tests$number), collapse = ""), " END")
}

# list(number, sql): conditions for values with a number. Values of which it is NA have none.
value_tests <- function(at, seen, number) {
  if (is.null(at$watched[[seen$name]])) assign(seen$name, among_values(at, seen), at$watched)
  gone <- is.na(seen$values)
  known <- list(key = seen$key, values = seen$values[!gone], number = number[!gone])
  found <- if (is.numeric(known$values)) number_tests(at, known) else list_tests(at, known)
  if (!any(!is.na(number[gone]))) return(found)
  list(number = c(number[gone][1L], found$number), sql = c(missing_test(at, seen), found$sql))
}

missing_test <- function(at, seen) {
  numeric <- is.numeric(seen$values)
  paste(if (numeric) sprintf(at$table$engine$nan, seen$key) else sql_name(at$table, seen$name), "IS NULL")
}

list_tests <- function(at, known) {
  numbers <- sort(unique(known$number))
  sql <- vapply(numbers, function(k) {
    in_list(known$key, literals_sql(at, sort(known$values[known$number %in% k], method = "radix")))
  }, "")
  list(number = numbers, sql = sql)
}

# Numbers in order, with a bound wherever what they stand for changes: halfway, so that no engine has to read a number to
# its last bit.
number_tests <- function(at, known) {
  order <- order(known$values)
  values <- as.double(known$values[order])
  runs <- rle(ifelse(is.na(known$number), -1, known$number)[order])
  last <- cumsum(runs$lengths)
  last <- last[-length(last)]
  below <- values[last]
  above <- values[last + 1L]
  halfway <- below / 2 + above / 2
  bound <- pmax(ifelse(halfway > below & halfway < above, halfway, below), -.Machine$double.xmax)
  number <- sprintf(at$table$engine$nan, known$key) # NaN is above all bounds, elsewhere
  from <- c(paste(number, "IS NOT NULL"), paste(number, ">", sql_numbers(at, bound), recycle0 = TRUE))
  to <- c(paste(" AND", number, "<=", sql_numbers(at, bound), recycle0 = TRUE), "")
  at_all <- runs$values >= 0
  list(number = runs$values[at_all], sql = paste0("(", from, to, ")")[at_all])
}

literals_sql <- function(at, values) {
  engine <- at$table$engine
  if (is.logical(values)) return(ifelse(values, engine$yes, engine$no))
  if (inherits(values, "Date")) {
    # SQLite has dates as texts, or as days since 1970
    if (is.null(engine$date)) return(c(sql_text(at$table, format(values)), sql_number(at$table, as.double(values))))
    return(sprintf(engine$date, format(values)))
  }
  sql_text(at$table, as.character(values))
}

# ---- terms of formulas --------------------------------------------------------------------------------------------------

# list(key, values). key: SQL by which rows are grouped. values: NULL for a plain column, whose levels are its values; else a
# data frame with a row per distinct value of the variable: `number`, what the key is for it (NA: NULL), `found`, the value in the
# database, and `value`, what the expression is for it in R, with its levels and their order. watched: watched_sql().
sql_term <- function(table, expression, envir) {
  if (is.name(expression)) return(list(key = sql_key(table, as.character(expression)), values = NULL))
  check_names_in(expression, names(table$types), envir, "formula")
  at <- sql_context(table, expression, envir)
  if (length(sql_columns(at, expression)) != 1L && is_logical_call(expression)) {
    condition <- logical_sql(at, expression, top = TRUE)
    return(list(key = paste("CASE WHEN", condition$yes, "THEN 2 WHEN", condition$no, "THEN 1 END"),
                values = term_values(c(1, 2), c(FALSE, TRUE), c(FALSE, TRUE)), watched = watched_sql(at)))
  }
  seen <- seen_values(at, expression, "formula")
  number <- term_numbers(seen$answer)
  list(key = value_cases(at, seen, number), values = term_values(number, seen$values, seen$answer), watched = watched_sql(at))
}

is_logical_call <- function(e) {
  inner <- if (called_name(e) %in% c("(", "I") && length(e) == 2L) e[[2L]] else e
  called_name(inner) %in% c("&", "|", "!", "xor", "==", "!=", "<", "<=", ">", ">=", "%in%", "is.na", "between")
}

# Different numbers for different answers; NA for those that are missing.
term_numbers <- function(answer) {
  number <- match(as.character(answer), unique(as.character(answer[!is.na(answer)])))
  replace(as.double(number), is.na(answer), NA)
}

term_values <- function(number, found, value) {
  frame <- data.frame(number = number)
  frame$found <- found
  frame$value <- value
  frame
}
