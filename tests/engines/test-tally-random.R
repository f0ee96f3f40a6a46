# Random designs: the tally of a table has the bytes of the tally of the same rows in memory. As many as WEEG_RANDOM_DESIGNS says,
# and 200 where it says nothing; WEEG_RANDOM_SEED: other ones.

count <- as.integer(Sys.getenv("WEEG_RANDOM_DESIGNS", "200"))
seed <- as.integer(Sys.getenv("WEEG_RANDOM_SEED", "15"))

one_of <- function(...) sample(list(...), 1L)[[1L]]

# The rows of one design, in strata and PSUs few and many, and weights of one of the kinds.
random_rows <- function(part) {
  n <- one_of(2L, 3L, 7L, 30L, 80L)
  rows <- sample_rows(n, seed * 100000L + part)
  psus <- one_of(1L, 3L, 12L, 1000L)
  rows$psu <- (rows$psu - 1L) %% psus + 1L
  rows$stratum <- (rows$psu - 1L) %/% one_of(1L, 2L, 5L) + 1L
  # but for one that R's sort() has as equal to another, so that levels of factor() stand as the rows do
  texts <- setdiff(hard_texts, "a\u0308")
  rows$town <- texts[rows$psu %% length(texts) + 1L]
  rows$house <- rows$psu * 1000L + sample(one_of(1L, 2L, 9L), n, TRUE)
  rows$population <- as.numeric(one_of(1000, 2000))
  rows$houses <- as.numeric(one_of(100, 2000))
  rows$weight <- one_of(rows$weight, 1, round(rows$weight), edge_weights(n, part)[[sample(9L, 1L)]], rows$weight * 2^-40) + 0
  rows$key <- NULL
  # types of SQLite are of values
  rows[1L, c("answer", "score", "member", "day")] <- list("ja", 2L, TRUE, as.Date("2024-02-28"))
  rows$part <- part
  rows
}

random_design <- function() {
  cluster <- one_of(NULL, ~psu, ~psu, ~town, ~ psu + house, ~ interaction(stratum, town), ~region)
  stages <- length(attr(stats::terms(if (is.null(cluster)) ~1 else cluster), "term.labels"))
  Filter(Negate(is.null), list(
    weights = one_of(NULL, ~weight, ~weight, ~weight), strata = one_of(NULL, ~stratum, ~stratum, ~answer), cluster = cluster,
    fpc = if (stages == 2L) one_of(NULL, ~ population + houses) else one_of(NULL, NULL, ~population),
    nest = one_of(FALSE, TRUE), lonely = one_of("fail", "remove", "adjust", "average")
  ))
}

random_terms <- function() {
  of <- list("answer", "region", "score", "member", "day", "I(age > 40)", "cut(age, c(0, 30, 50, 99))", "I(score > 2 | age > 60)",
             "factor(answer, c(\"ja\", \"nee\"))", "round(score / 2)")
  stats::reformulate(unlist(sample(of, sample(3L, 1L))))
}

random_domain <- function() {
  one_of(
    NULL, NULL, quote(age > 40), quote(!(answer %in% c("ja", NA))), quote(score > 2 & age < 60),
    quote(!(score > 2 & region == "a")), quote(is.na(score) | region == "a "), quote(nchar(region) == 1), quote(age > 1000),
    quote(xor(score > 3, answer == "ja"))
  )
}

# What became of it: the bytes, or the class of the error. Where several things are wrong, the first that is found may be another.
# The tally of a design, or, `direct`, of the data.
outcome <- function(from, design, terms, domain, direct = FALSE) {
  tryCatch({
    tally <- if (direct) do.call(weeg_tally, c(from, list(formula = terms), design)) else {
      d <- do.call(weeg_design, c(from, design))
      if (!is.null(domain)) d <- eval(call("subset", d, domain))
      weeg_tally(d, terms)
    }
    tally$seal <- NULL
    tally$names["data"] <- list(NULL)
    tally
  }, weeg_error = function(e) if (inherits(e, c("weeg_error_missing", "weeg_error_nesting"))) "sample" else class(e)[1L])
}

# The rows of a part, as an engine with these types has them.
rows_of_part <- function(rows) {
  if (engine %in% c("sqlite", "mariadb", "clickhouse")) rows$member <- as.integer(rows$member)
  if (engine %in% by_jdbc) rows$member <- if (engine == "derby") tolower(rows$member) else as.character(rows$member)
  if (engine %in% c("sqlite", "mariadb")) rows$day <- format(rows$day)
  rows
}

# A hundred designs a table, as each is found among the rows of all in it.
test_that("random designs have the bytes of memory", {
  set.seed(seed)
  given <- 0
  for (part in seq_len(count)) {
    if (part %% 100L == 1L) {
      together <- part:min(part + 99L, count)
      parts <- lapply(together, random_rows)
      load_rows(con, "random", do.call(rbind, parts))
    }
    rows <- rows_of_part(parts[[part - together[1L] + 1L]])
    design <- random_design()
    terms <- random_terms()
    domain <- random_domain()
    expected <- outcome(list(rows), design, terms, domain)
    sql <- DBI::SQL(paste("select * from", quoted(con, "random"), "where", quoted(con, "part"), "=", part))
    direct <- is.null(domain) && part %% 2L == 0L # which asks fewer queries
    found <- outcome(list(con, table = sql), design, terms, domain, direct)
    label <- paste(part, paste(names(design), vapply(design, deparse1, ""), collapse = ", "), deparse1(terms), deparse1(domain))
    expect_same(found, expected, "random designs" = if (is.character(expected)) "refused alike" else "tallies", label = label)
    given <- given + !is.character(expected)
    if (part %% 1000L == 0L) cat(sprintf("%s: %d random designs, %d tallies so far\n", engine, part, given))
  }
  expect_gt(given, count / 2)
  cat(sprintf("%s: seed %d, %d random designs, %d tallies, the others refused alike\n", engine, seed, count, given))
})

# Rows are grouped by the values of numbers, where that can be; or read, in pieces small and large.
ways <- list(
  asked = list(), grouped = list(are_few_values = function(data, variables) !data$streamed),
  streamed = list(are_few_values = function(data, variables) FALSE, stream_rows = 20L)
)

random_numbers <- function() {
  number <- one_of("age", "score", "weight", "I(2 * score - age)", "log(age)", "age + score", "weight + age", "I(weight / 3)")
  stats::as.formula(paste(number, "~", one_of("answer", "region", "cut(age, c(0, 30, 50, 99))", "answer + region")))
}

test_that("random sums of numbers have the bytes of memory, grouped or read", {
  set.seed(seed + 1L)
  given <- 0
  together <- seq_len(min(count, 60L))
  parts <- lapply(together, random_rows)
  load_rows(con, "random", do.call(rbind, parts))
  for (part in together) {
    rows <- rows_of_part(parts[[part]])
    design <- random_design()
    terms <- random_numbers()
    domain <- random_domain()
    expected <- outcome(list(rows), design, terms, domain)
    sql <- DBI::SQL(paste("select * from", quoted(con, "random"), "where", quoted(con, "part"), "=", part))
    for (way in names(ways)) {
      found <- with_inside(ways[[way]], outcome(list(con, table = sql), design, terms, domain))
      label <- paste(part, way, paste(names(design), vapply(design, deparse1, ""), collapse = ", "), deparse1(terms),
                     deparse1(domain))
      expect_same(found, expected, "random sums of numbers" = if (is.character(expected)) "refused alike" else way, label = label)
    }
    given <- given + !is.character(expected)
  }
  expect_gt(given, length(together) / 2)
})
