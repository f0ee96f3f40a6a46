# Random conditions select the rows that they select in memory; what is refused is refused.

one_of <- function(...) eval(sample(as.list(substitute(list(...)))[-1L], 1L)[[1L]], parent.frame()) # the others are not made
a_number <- function() as.name(one_of("age", "score", "z", "weight"))

arithmetic <- function(depth) {
  if (depth == 0) return(one_of(a_number(), a_number(), one_of(-7, 0, 0.1, 1.5, 3, 30, 1e10)))
  under <- function() arithmetic(depth - 1)
  one_of(
    call("+", under(), under()), call("-", under(), under()), call("*", under(), one_of(-7, 0.1, 3)),
    call("/", under(), one_of(2, -3, 0.1)),
    call("%%", as.name("age"), one_of(3, 7, -4, 10)), call("%/%", as.name("age"), one_of(3, 7, -4, 10))
  )
}

leaf <- function() {
  sign <- one_of("<", "<=", "==", "!=", ">", ">=")
  set <- one_of(c(1, NA), 2:3, NA, c(-1, 0), c(0.1, 1.5, NA))
  asked <- one_of(quote(score), quote(z), quote(answer), quote(score + z), quote(score > 2), quote(answer == "ja"),
                  quote(day))
  one_of(
    call(sign, arithmetic(one_of(0, 1, 2)), arithmetic(one_of(0, 1))), call("<", a_number(), a_number()),
    call("%in%", a_number(), set),
    call("is.na", asked), call(one_of("==", "!="), as.name("answer"), one_of("ja", "Ja", "nee")), quote(member == TRUE),
    call("%in%", as.name("region"), one_of(c("a", NA), c("a ", "\u00e4"), c("", "k"))), quote(nchar(answer) == 2),
    quote(day > "2024-02-28")
  )
}

grown <- function(depth) {
  if (depth == 0) return(leaf())
  under <- function() grown(depth - 1)
  one_of(call("&", under(), under()), call("|", under(), under()), call("!", call("(", under())), call("xor", under(), under()))
}

# ids, or "refused", or "error"
answer_of <- function(expression) {
  tryCatch(as.double(expression), weeg_error_unsupported = function(e) "refused",
           weeg_error = function(e) if (inherits(e, "weeg_error_database")) stop(e) else "error")
}

test_that("random conditions select the rows that they select in memory", {
  data <- sample_rows(80)
  data$z <- ifelse(seq_len(80) %% 7 == 0, NA, round(data$weight) %% 5 - 2)
  load_rows(con, "random", data)
  table <- weeg:::sql_table(con, "random")
  read <- suppressWarnings(get_sql(con, paste("SELECT * FROM", table$from, "ORDER BY", quoted(con, "id"))))
  set.seed(77)
  refused <- 0
  for (i in 1:60) {
    condition <- grown(one_of(1, 2, 3))
    found <- answer_of({
      inside <- weeg:::sql_condition(table, condition, globalenv())
      sort(weeg:::sql_query(con, paste("SELECT", quoted(con, "id"), "FROM", table$from, "WHERE", inside))$id)
    })
    refused <- refused + identical(found, "refused")
    if (identical(found, "refused")) next
    expected <- answer_of(read$id[weeg:::domain_condition(condition, read, globalenv())])
    expect_identical(found, expected, label = deparse1(condition))
  }
  expect_lt(refused, 30)
})
