# The SQL of weeg on each engine, against the same in memory.

inside <- function(table, condition, envir) {
  where <- weeg:::sql_condition(table, condition, envir)
  sort(as.double(weeg:::sql_query(con, paste("SELECT", quoted(con, "id"), "FROM", table$from, "WHERE", where))$id))
}

test_that("the engine's arithmetic and texts are exact", {
  expect_identical(weeg:::sql_self_test(con), TRUE)
  for (exponent in c(16, 48, 480, -48)) expect_identical(weeg:::sql_self_test(con, exponent), TRUE, label = exponent)
  expect_identical(weeg:::sql_engine(con)$name, sub("postgresql", "postgres", engine))
})

test_that("conditions select the rows that they select in memory", {
  data <- sample_rows(400)
  load_rows(con, "conditions", data)
  table <- weeg:::sql_table(con, "conditions")
  wanted <- c("a", "\u00e4")
  conditions <- expression(
    age < 36, age <= 36.5, age >= 20 & age <= 30, age %% 10 == 3, (age - 50) %/% 7 == -2, age / 10 > 3.5, -age < -60,
    age > score * 10, score %in% c(1, NA), !(score %in% c(1, NA)), score %in% 1:3, !(score %in% NULL), is.na(score),
    is.na(score > 3), xor(score > 3, age > 50), !(score > 3), weight > 0.1 + 0.2, weight == 0, weight <= 1e3,
    answer == "ja", answer != "ja", answer == "Ja", is.na(answer), !(answer %in% c("ja", NA)), region %in% wanted,
    region == "a ", region == "", region == " ", region == "O'Brien", region == "say \"no\"", region == "\u212a",
    region == "k", nchar(region) == 1, region == "\u20ac" | region == "100%", toupper(region) == "A", answer == region,
    answer != region, member, !member, member & age > 30, is.na(member), member == TRUE, !is.na(member) & !member,
    day == "2024-02-29", day > as.Date("2024-02-28"), is.na(day), format(day, "%d") == "01",
    cut(age, c(0, 36, 65, Inf)) == "(36,65]", abs(age - 50) < 5, TRUE, NA, NA | age > 30, round(weight) == 1
  )
  read <- suppressWarnings(get_sql(con, paste("SELECT * FROM", table$from, "ORDER BY", quoted(con, "id"))))
  for (condition in as.list(conditions)) {
    # truth values are texts by JDBC, with which conditions are errors: of R, where they are evaluated
    failed <- if (engine %in% by_jdbc) function(e) "error" else class
    expected <- tryCatch(as.double(read$id[weeg:::domain_condition(condition, read, environment())]), error = failed)
    expect_identical(tryCatch(inside(table, condition, environment()), error = failed), expected, label = deparse1(condition))
  }
})

test_that("terms have the levels and codes that they have in memory", {
  load_rows(con, "terms", sample_rows(300))
  table <- weeg:::sql_table(con, "terms")
  read <- suppressWarnings(get_sql(con, paste("SELECT * FROM", table$from, "ORDER BY", quoted(con, "id"))))
  terms <- expression(answer, member, day, score, region, age, cut(age, c(0, 36, 99)), toupper(answer), factor(score, 6:1),
                      score > 3,
                      is.na(day), member == TRUE, round(weight), weight > age, paste0(region, "!"), substr(format(day), 1, 7))
  if (is.character(read$member)) terms <- terms[-12L] # truth values by JDBC
  for (term in as.list(terms)) {
    found <- weeg:::sql_term(table, term, environment())
    got <- weeg:::sql_query(con, paste0("SELECT ", quoted(con, "id"), ", ", found$key, " AS k FROM ", table$from))
    got <- got[order(as.double(got$id)), ]
    plain <- function() weeg:::sql_unmarked(table, as.character(term), got$k)
    value <- if (is.null(found$values)) plain() else found$values$value[match(as.double(got$k), found$values$number)]
    seen <- if (is.name(term)) read[[as.character(term)]] else weeg:::eval_seen(term, read, environment())
    here <- weeg:::code_column(seen, "x")
    there <- weeg:::code_column(value, "x")
    expect_identical(there$levels, here$levels, label = deparse1(term))
    expect_identical(weeg:::column_codes(there), weeg:::column_codes(here), label = deparse1(term))
  }
})

test_that("texts that no quotes hold are compared", {
  texts <- c("\\' OR 1=1 --", "' OR 1=1 --", "\\", "\\\\", "a\nb", "\u00e9\U1F600", "%_", "\"", "`", "ja")
  data <- data.frame(id = seq_along(texts), t = texts)
  load_rows(con, "hostile", data)
  table <- weeg:::sql_table(con, "hostile")
  for (i in seq_along(texts)) {
    expect_identical(inside(table, bquote(t == .(texts[i])), environment()), as.double(i), label = texts[i])
    key <- weeg:::sql_key(table, "t")
    where <- paste("WHERE", key, "=", weeg:::sql_text(table, texts[i]))
    found <- weeg:::sql_query(con, paste("SELECT", quoted(con, "id"), "FROM", table$from, where))
    expect_identical(as.double(found$id), as.double(i), label = texts[i])
  }
})

test_that("sums of a tally are whole numbers that R makes too", {
  data <- sample_rows(2000)
  load_rows(con, "tally", data)
  table <- weeg:::sql_table(con, "tally")
  keys <- c(weeg:::sql_key(table, "stratum"), weeg:::sql_key(table, "answer"))
  used <- data[data$weight > 0, ]
  for (element in c(FALSE, TRUE)) {
    cut <- weeg:::cut_weights(max(used$weight), min(used$weight), nrow(used), element)
    limbs <- weeg:::row_sums(used$weight, cut, element)
    sql <- weeg:::sql_tally_query(table, keys, weeg:::sql_measure(table, "weight"), cut, element)
    found <- weeg:::sql_query(con, sql)
    group <- paste(used$stratum, used$answer)
    expected <- rowsum(limbs, group)[paste(found$k1, weeg:::without_mark(table, found$k2)), ]
    expect_identical(nrow(found), length(unique(group)))
    for (name in intersect(colnames(limbs), names(found))) {
      expect_identical(as.double(found[[name]]), as.vector(expected[, name]), label = paste(name, element))
    }
  }
  domain <- weeg:::sql_condition(table, quote(age < 36 & answer == "ja"), globalenv())
  found <- weeg:::sql_query(con, weeg:::sql_tally_query(table, keys, weeg:::sql_measure(table, "weight"), cut, FALSE, domain, 1L))
  expect_identical(sum(as.double(found$n)), as.double(nrow(used)))
  expect_identical(sum(as.double(found$n[found$inside == 1])), as.double(sum(used$age < 36 & used$answer %in% "ja")))
  weight <- weeg:::sql_measure(table, "weight")
  found <- lapply(weeg:::sql_query(con, weeg:::sql_look_query(table, weight)), as.double)
  expect_identical(found, list(n = 2000, known = 2000, lowest = min(data$weight), largest = max(data$weight)))
  found <- weeg:::sql_query(con, weeg:::sql_sample_query(table, keys[1L], weight, c("used", "smallest")))
  expect_identical(sum(as.double(found$used)), as.double(nrow(used)))
  expect_identical(min(as.double(found$smallest)), min(used$weight))
})

test_that("a missing table and a wrong query are errors with the engine's words", {
  expect_error(weeg:::sql_table(con, "nowhere"), "nowhere", class = "weeg_error_database")
  expect_error(weeg:::sql_query(con, "SELECT a FROM nowhere"), "nowhere", class = "weeg_error_database")
})

# the entries of a tally of `answer`, by strata and, unless `element`, PSUs
entries_in_sql <- function(table, rows, element, cut, most, levels) {
  keys <- c(weeg:::sql_key(table, if (element) "stratum" else "psu"), weeg:::sql_key(table, "answer"))
  weight <- weeg:::sql_measure(table, "weight")
  found <- weeg:::sql_query(con, weeg:::sql_tally_query(table, keys, weight, cut, element))
  units <- sort(unique(if (element) rows$stratum else rows$psu))
  cell <- match(weeg:::without_mark(table, found$k2), levels, nomatch = length(levels) + 1L) - 1L
  sums <- found[weeg:::part_sums(cut, element)]
  weeg:::entries_of_sums(match(found$k1, units) - 1L, cell, found$n, sums, cut, element, most, length(units), length(levels) + 1L)
}

test_that("weights of every kind give the bytes that the rows give in memory", {
  rows <- sample_rows(600)[c("id", "stratum", "psu", "answer")]
  for (kind in names(edge_weights(600))) {
    rows$weight <- edge_weights(600)[[kind]]
    load_rows(con, "edges", rows)
    table <- weeg:::sql_table(con, "edges")
    for (element in c(TRUE, FALSE)) {
      design <- weeg::weeg_design(rows, weights = ~weight, strata = ~stratum, cluster = if (!element) ~psu)
      tally <- weeg::weeg_tally(design, ~answer)
      most <- max(rows$weight)
      levels <- levels(factor(rows$answer, levels = c("Ja", "ja", "nee", "soms")))
      for (count in 2^c(10, 15, 29)) {
        cut <- weeg:::cut_weights(most, min(rows$weight[rows$weight > 0]), count, element)
        made <- entries_in_sql(table, rows, element, cut, most, levels)
        expect_identical(made, tally$entries, label = paste(kind, if (element) "rows" else "clusters", count))
      }
    }
  }
})
