# What conditions and expressions see of columns. Right values: counts of the plain values by base R.

rows <- function(formula, d, condition = NULL) {
  design <- weeg_design(d)
  if (!is.null(condition)) design <- eval(call("subset", design, condition))
  p <- weeg_proportion(design, formula)
  stats::setNames(p$n, as.character(p$level))
}

# Rows of a domain.
size <- function(d, condition) unname(rows(~one, transform_one(d), condition))

transform_one <- function(d) {
  d$one <- "x"
  d
}

# A column by itself as a data frame, whatever its class.
frame <- function(...) {
  columns <- list(...)
  structure(columns, class = "data.frame", row.names = .set_row_names(length(columns[[1L]])))
}

spss <- function(x, labels = NULL, na_values = NULL, na_range = NULL, label = NULL) {
  of_spss <- !is.null(na_values) || !is.null(na_range)
  structure(x, labels = labels, na_values = na_values, na_range = na_range, label = label,
            class = c(if (of_spss) "haven_labelled_spss", "haven_labelled", "vctrs_vctr", typeof(x)))
}

age <- c(34, 51, 67, 99, 18, 99, NA, 80)
q <- c(1, 2, 9, 1, 3, NA, 2, 1)
answers <- c(yes = 1, no = 2, "don't know" = 3, refused = 9)
d <- frame(age = spss(age, na_values = 99), q = spss(q, answers, na_values = 9),
           f = factor(c("a", "b", NA, "a", "a", NA, "b", "b")))

test_that("labelled columns without value labels have their values", {
  expect_identical(rows(~x, frame(x = spss(c(1, 2, 2, 1), label = "Sex"))), c("1" = 2, "2" = 2))
  expect_identical(rows(~age, d), c("18" = 1, "34" = 1, "51" = 1, "67" = 1, "80" = 1))
  expect_identical(rows(~x, frame(x = spss(c("m", "f", "m")))), c(f = 1, m = 2))
  expect_identical(rows(~x, frame(x = spss(c(1, 2, 97, 99), na_range = c(90, Inf)))), c("1" = 1, "2" = 1))
  expect_identical(rows(~x, frame(x = spss(c(9, 9, NA), c(none = 9), na_values = 9))), stats::setNames(numeric(), character()))
})

test_that("user-missing values are missing in conditions and expressions", {
  expect_identical(size(d, quote(age > 60)), 2)
  expect_identical(size(d, quote(age != 51)), 4)
  expect_identical(size(d, quote(is.na(age))), 3)
  expect_identical(size(d, quote(!is.na(age) & age < 60)), 3)
  expect_identical(rows(~ I(age < 40), d), c("FALSE" = 3, "TRUE" = 2))
  expect_identical(rows((q == 1) ~ 1, d), c("FALSE" = 3, "TRUE" = 3))
  expect_identical(rows(~ cut(age, c(0, 40, 100)), d), c("(0,40]" = 2, "(40,100]" = 3))
  expect_identical(rows(~ I(age * 2), d), c("36" = 1, "68" = 1, "102" = 1, "134" = 1, "160" = 1))
  expect_identical(rows(~ (q), d), rows(~q, d))
  expect_identical(rows(~ I(q), d), c(yes = 3, no = 2, "don't know" = 1))
})

test_that("an expression of a variable is missing where the variable is", {
  expect_identical(rows((f %in% "a") ~ 1, d), c("FALSE" = 3, "TRUE" = 3))
  expect_identical(rows((!(f %in% "a")) ~ 1, d), c("FALSE" = 3, "TRUE" = 3))
  expect_identical(rows(~ is.element(f, "a"), d), c("FALSE" = 3, "TRUE" = 3))
  expect_identical(rows((q %in% c(1, 3)) ~ 1, d), c("FALSE" = 2, "TRUE" = 4))
  expect_identical(rows(~ grepl("a", f), d), c("FALSE" = 3, "TRUE" = 3))
  expect_identical(rows(~ paste(f, "x"), d), c("a x" = 3, "b x" = 3))
  expect_identical(rows(~ sprintf("%s!", f), d), c("a!" = 3, "b!" = 3))
  expect_identical(rows(~ trimws(format(f)), d), c(a = 3, b = 3))
  expect_identical(rows(~ nzchar(as.character(f)), d), c("FALSE" = 0, "TRUE" = 6))
  expect_identical(rows(~ ifelse(f %in% "a", "one", "other"), d), c(one = 3, other = 3))
  "%notin%" <- Negate("%in%")
  expect_identical(rows((f %notin% "a") ~ 1, d), c("FALSE" = 3, "TRUE" = 3))
  expect_identical(size(d, quote(!(f %in% "a"))), 3)
  # what is asked about missing values is answered
  expect_identical(rows((f %in% c("a", NA)) ~ 1, d), c("FALSE" = 3, "TRUE" = 5))
  expect_identical(rows(~ is.na(f), d), c("FALSE" = 6, "TRUE" = 2))
  expect_identical(rows(~ I(!is.na(q)), d), c("FALSE" = 2, "TRUE" = 6))
  expect_identical(rows(~ addNA(f), d), c(a = 3, b = 3, "<NA>" = 2))
  expect_identical(rows(~ ifelse(is.na(f), "none", "some"), d), c(none = 2, some = 6))
  expect_identical(rows((f == "a" | q == 2) ~ 1, d), c("FALSE" = 1, "TRUE" = 5)) # TRUE or NA is TRUE
})

test_that("the example: answers of which some are missing", {
  d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  p <- weeg_proportion(d, (strengths %in% c("niet", "een beetje")) ~ 1)
  known <- !is.na(openvoorwerk$strengths)
  named <- openvoorwerk$strengths[known] %in% c("niet", "een beetje")
  expect_identical(p$n.base, rep(sum(known), 2) + 0)
  expect_equal(p$estimate[2L], stats::weighted.mean(named, openvoorwerk$gewicht[known]), tolerance = 1e-14)
})

test_that("conditions take labels as well as codes", {
  expect_identical(size(d, quote(q == "yes")), 3)
  expect_identical(size(d, quote("no" == q)), 2)
  expect_identical(size(d, quote(q != "yes")), 3)
  expect_identical(size(d, quote(q %in% c("yes", "no"))), 5)
  expect_identical(size(d, quote(q %in% c(1, 2))), 5)
  expect_identical(size(d, quote(q == "3")), 1)
  expect_identical(size(d, quote(!is.na(match(q, c("yes", "no"))))), 5)
  expect_identical(size(d, quote(grepl("know", q))), 1)
  expect_identical(size(d, quote(q != "refused")), 6)
  expect_identical(size(d, quote(q != 9)), 6)
  expect_identical(size(d, quote(q %in% c(1, 9))), 3)
  expect_identical(size(d, quote(q < 9)), 6)
  expect_identical(size(d, quote(factor(q, levels = c("yes", "no")) == "no")), 2)
  text <- frame(x = spss(c("m", "f", "x", "m"), c(man = "m", m = "f", other = "x"), na_values = "x"))
  expect_identical(size(text, quote(x == "man")), 2)
  expect_identical(size(text, quote(x == "m")), 2) # of texts, the value comes first
  twice <- frame(x = spss(c(1, 2, 3, 2), c(same = 1, same = 2)))
  expect_identical(size(twice, quote(x == "same")), 3)
  expect_identical(size(twice, quote(x == "same [2]")), 2)
  both <- frame(x = spss(c(1, 2, 2), c(a = 1, b = 2)), y = c("a", "a", "b"))
  expect_identical(size(both, quote(x == y)), 2)
  expect_identical(rows((q %in% c("yes", "no")) ~ 1, d), c("FALSE" = 1, "TRUE" = 5))
})

test_that("labels that are not there are refused, with the codes", {
  refused <- list(
    list(quote(q == "yess"), "no value or label \"yess\"; it has 1 = yes, 2 = no, 3 = don't know"),
    list(quote(q == "yess"), "Did you mean yes"),
    list(quote(q %in% c("yes", "nee")), "no value or label \"nee\""),
    list(quote(q == "refused"), "user-missing value of q"),
    list(quote(q %in% "refused"), "write !is.na(q)"),
    list(quote(q > "no"), "\"no\" is 2"), list(quote(q == 9), "9 is a user-missing value of q"),
    list(quote(7 != q), "no value or label 7; it has 1 = yes, 2 = no, 3 = don't know"),
    list(quote(q %in% 7:9), "9 is a user-missing value of q"), list(quote(q %in% 4:6), "no value or label 4")
  )
  for (case in refused) expect_error(size(d, case[[1L]]), case[[2L]], fixed = TRUE, class = "weeg_error_variable")
})

test_that("comparisons that would find nobody, or compare letters, are refused", {
  x <- frame(f = factor(c("a", "b", NA, "a")), o = factor(c("low", "high", "low", NA), c("low", "high"), ordered = TRUE),
             n = c(9, 60, 70, NA), l = c(TRUE, FALSE, NA, TRUE), k = factor(c(1, 2, 1, NA)))
  refused <- list(
    list(quote(f == "c"), "`f` has no level \"c\"; its levels are \"a\", \"b\""), list(quote("c" != f), "no level \"c\""),
    list(quote(f %in% c("c", "d")), "no level \"c\""), list(quote(f == 1), "no level \"1\""), list(quote(f > "a"), "no order"),
    list(quote(o > "lower"), "Did you mean low"), list(quote(o >= 2), "no level \"2\""), list(quote(k == 3), "no level \"3\""),
    list(quote(n > "60"), "`n` is a number"), list(quote("60" < n), "`n` is a number"),
    list(quote(n == "sixty"), "not with \"sixty\""), list(quote(l == "yes"), "is TRUE or FALSE")
  )
  for (case in refused) expect_error(size(x, case[[1L]]), case[[2L]], fixed = TRUE, class = "weeg_error_variable")
  held <- list(quote(f == "a"), quote(f %in% c("a", "c")), quote(n == "60" | n == 9), quote(o >= "low" & n > 9),
               quote(k %in% 1), quote(k == 1), quote(l == "TRUE"))
  for (case in held) expect_identical(size(x, case), 2, info = deparse1(case))
  tally <- weeg_tally(weeg_design(frame(q = spss(q, answers, na_values = 9), one = rep("x", 8L))), ~ q + one)
  expect_error(subset(tally, q == 1), "no level \"1\"; its levels are \"yes\", \"no\"", class = "weeg_error_variable")
})

test_that("text that a column does not have is refused as a level that a factor does not have", {
  x <- frame(t = c("north", "south", NA, ""), one = rep("x", 4L))
  path <- tempfile(fileext = ".csv")
  on.exit(unlink(path))
  utils::write.csv(x, path, row.names = FALSE)
  for (data in list(weeg_design(x), weeg_design(path))) {
    counted <- function(d, condition) sum(weeg_proportion(eval(call("subset", d, condition)), ~one)$n)
    for (case in expression(t == "nord", "nord" != t, t %in% c("nord", "zuid"), t == 3)) {
      expect_error(counted(data, case), "`t` has no value \"(nord|3)\"; its values are .*\"north\", \"south\"",
                   class = "weeg_error_variable")
    }
    expect_error(counted(data, quote(t == "nort")), "Did you mean north", class = "weeg_error_variable")
    expect_identical(counted(data, quote(t %in% c("north", "zuid"))), 1)
    expect_identical(counted(data, quote(toupper(t) == "SOUTH")), 1)
    expect_identical(counted(data, quote(toupper(t) == "ZUID")), 0) # of what is computed, all is possible
  }
  expect_identical(size(frame(t = c("a", "b")), quote(t != "")), 2)
  days <- frame(t = c("2020-12-31", NA, "2021-01-01"))
  expect_identical(size(days, quote(t == "2019-01-01")), 0) # as of other dates
  expect_error(size(days, quote(t == "soon")), "no value \"soon\"", class = "weeg_error_variable")
  expect_identical(size(frame(t = NA_character_, n = 1), quote(t == "a")), 0)
  expect_identical(size(frame(t = "a", u = "b"), quote(t == u)), 0)
})

test_that("codes of user-missing values without labels are refused", {
  x <- frame(age = spss(c(34, 51, 99, -1, 150, NA), na_values = 99, na_range = c(-Inf, 0)),
             q = spss(c(1, 2, 8, 1, 2, 7), c(yes = 1, no = 2), na_range = c(7, 9)))
  refused <- expression(age == 99, 99 == age, age %in% 99, age == -5, q == 8, q %in% 7:9)
  for (case in refused) {
    expect_error(size(x, case), "is a user-missing value of (age|q): it counts as missing", class = "weeg_error_variable")
  }
  expect_identical(size(x, quote(age != 99)), 3)
  expect_identical(size(x, quote(age %in% c(51, 99))), 1)
  expect_identical(size(x, quote(age + 65 == 99)), 1)
  expect_identical(size(x, quote(age - 52 == -1)), 1)
  expect_identical(size(x, quote(age == 20)), 0)
})

test_that("numbers of other classes are numbers, in conditions, as levels, in trends and rank tests", {
  number <- c(9, 10, 100, 9, NA, 10, 100, 9)
  y <- factor(c("a", "b", "a", "a", "b", "b", "a", "b"))
  plain <- weeg_design(frame(x = number, y = y))
  p <- c(weeg_test(plain, y ~ x, method = "trend")$p.value, weeg_test(plain, x ~ y, method = "wilcoxon")$p.value)
  others <- list(structure(number, class = c("labelled", "numeric"), label = "Hmisc"), as.difftime(number, units = "mins"),
                 structure(number, class = "price"))
  if (requireNamespace("bit64", quietly = TRUE)) others <- c(others, list(bit64::as.integer64(number)))
  for (x in others) {
    d <- frame(x = x, y = y)
    expect_identical(rows(~x, d), c("9" = 3, "10" = 2, "100" = 2))
    design <- weeg_design(d)
    expect_identical(weeg_test(design, y ~ x, method = "trend")$p.value, p[1L])
    expect_identical(weeg_test(design, x ~ y, method = "wilcoxon")$p.value, p[2L])
    expect_identical(size(d, quote(x > 9)), 4)
  }
})

test_that("labelled scales and rounds are numbers for trends and rank tests", {
  set.seed(3)
  x <- c(sample(c(0:9, 20), 200L, TRUE), 99)
  y <- factor(c(sample(c("a", "b"), 200L, TRUE), "a"))
  x_plain <- replace(x, x == 99, NA)
  plain <- weeg_design(frame(x = x_plain, y = y))
  plain_other <- weeg_design(frame(x = x_plain, y = rev(y)))
  columns <- list(
    spss(x, c("not at all" = 0, completely = 20, refused = 99), na_values = 99),
    spss(x, stats::setNames(c(0:9, 20, 99), c(paste("Round", c(0:9, 20)), "refused")), na_values = 99)
  )
  for (column in columns) {
    design <- weeg_design(frame(x = column, y = y))
    other <- weeg_design(frame(x = column, y = rev(y)))
    tally <- weeg_tally(design, ~ x + y)
    file <- tempfile(fileext = ".weeg")
    weeg_write_tally(tally, file)
    for (source in list(design, tally, weeg_read_tally(file), tally + weeg_tally(other, ~ x + y))) {
      twice <- inherits(source, "weeg_tally") && sum(source$entries$n) > length(x)
      whole <- if (twice) weeg_tally(plain, ~ x + y) + weeg_tally(plain_other, ~ x + y) else plain
      expect_identical(weeg_test(source, y ~ x, method = "trend")$p.value, weeg_test(whole, y ~ x, method = "trend")$p.value)
      expect_identical(weeg_test(source, x ~ y, method = "kruskal-wallis")$p.value,
                       weeg_test(whole, x ~ y, method = "kruskal-wallis")$p.value)
      expect_identical(weeg_compare(source, y ~ x, contrasts = "trend")$estimate,
                       weeg_compare(whole, y ~ x, contrasts = "trend")$estimate)
    }
    unlink(file)
    expect_identical(as.vector(rows(~x, frame(x = column))), as.vector(rows(~x, frame(x = x_plain))))
  }
})

test_that("the hint to order labelled levels keeps all values", {
  skip_if_not_installed("haven")
  data <- frame(q = haven::labelled(c(1, 2, 3, 1, 2, 3), c(low = 1, middle = 2, high = 3)), y = c("a", "b", "a", "b", "b", "a"))
  error <- expect_error(weeg_test(weeg_design(data), q ~ y, method = "wilcoxon"), class = "weeg_error_variable")
  eval(str2lang(sub("^.*design: ", "", sub(";.*$", "", error$hint))))
  expect_identical(as.integer(data$q), c(1L, 2L, 3L, 1L, 2L, 3L))
  expect_true(weeg_test(weeg_design(data), q ~ y, method = "wilcoxon")$p.value > 0)
})

test_that("weights and population sizes that are user-missing are missing", {
  d <- frame(w = spss(c(1, 2, 99, 1), na_values = 99), y = c("a", "b", "a", "b"))
  expect_error(weeg_design(d, weights = ~w), "row 3", class = "weeg_error_weight")
  d$w <- spss(c(1, 2, 3, 2), na_values = 99)
  expect_identical(weeg_proportion(weeg_design(d, weights = ~w), ~y)$estimate, c(0.5, 0.5))
})

test_that("a user-missing code is no weight, size, stratum or cluster, in whatever way it comes", {
  skip_if_not_installed("haven")
  d <- data.frame(y = rep(c("a", "b"), 6), one = 1, r1 = seq(0.5, 6, 0.5), r2 = rep(1:4, 3), r3 = rep(3:1, 4))
  d$code <- haven::labelled_spss(replace(rep(1, 12), 3, 99), c(gone = 99), na_values = 99)
  d$range <- haven::labelled_spss(replace(rep(1, 12), 3, 98), na_range = c(97, Inf))
  d$bare <- structure(replace(rep(1, 12), 3, 99), labels = c(gone = 99), na_values = 99) # lost its class
  d$tagged <- haven::labelled(replace(rep(1, 12), 3, haven::tagged_na("a")))
  file <- tempfile(fileext = ".sav")
  on.exit(unlink(file))
  haven::write_sav(d[setdiff(names(d), c("bare", "tagged"))], file) # a .sav file has no tags
  gone <- function(call) expect_error(call, "row 3 is missing|is missing in row 3", class = "weeg_error")
  for (name in c("code", "range", "bare", "tagged")) {
    v <- as.name(name)
    weights <- c(v, lapply(c("I(x)", "I(2 * x)", "as.numeric(x)", "pmin(x, 5)", "ifelse(x > 5, 5, x)", "unclass(x)", "round(x)"),
                           function(text) do.call(substitute, list(str2lang(text), list(x = v)))))
    known <- weeg_design(d, weights = eval(bquote(~ .(v))), na_weights = "omit")
    expect_identical(weeg_proportion(known, ~y)$n, c(5, 6))
    in_file <- name %in% c("code", "range")
    for (data in c(list(d), if (in_file) list(file))) {
      for (w in weights) gone(weeg_design(data, weights = eval(bquote(~ .(w)))))
      gone(weeg_design(data, weights = ~one, strata = eval(bquote(~ .(v)))))
      gone(weeg_design(data, weights = ~one, cluster = eval(bquote(~ .(v)))))
      gone(weeg_design(data, weights = ~one, cluster = eval(bquote(~ r1 + .(v)))))
      gone(weeg_design(data, weights = ~one, fpc = eval(bquote(~ .(v)))))
      gone(weeg_replicate_design(data, eval(bquote(~ .(v))), "^r[0-9]$", "bootstrap"))
      gone(weeg_replicate_design(data, ~one, eval(bquote(~ r1 + .(v) + r2)), "bootstrap"))
      gone(weeg_replicate_design(data, ~one, paste0("^r[0-9]$|^", name, "$"), "bootstrap"))
    }
    gone(weeg_replicate_design(d, ~one, d[c("r1", "r2", name)], "bootstrap"))
    if (!in_file) next
    gone(weeg_tally(file, ~y, weights = eval(bquote(~ .(v)))))
    gone(weeg_tally(file, ~y, weights = ~one, strata = eval(bquote(~ .(v)))))
    gone(weeg_tally(file, ~y, weights = ~one, cluster = eval(bquote(~ .(v)))))
    gone(weeg_tally(file, ~y, weights = ~one, fpc = eval(bquote(~ .(v)))))
  }
})

test_that("what tallies see is what designs see", {
  x <- frame(q = d$q, age = d$age, day = as.Date("2020-12-30") + c(0, 1, 2, 3, 0, 1, NA, 2))
  design <- weeg_design(x)
  tally <- weeg_tally(design, ~ q + age + day)
  n <- function(source, ...) sum(weeg_proportion(source, ~q)$n)
  expect_identical(n(subset(tally, age > 40)), n(subset(design, age > 40)))
  expect_identical(n(subset(tally, q == "no")), 2)
  expect_identical(n(subset(tally, day > as.Date("2020-12-31"))), n(subset(design, day > as.Date("2020-12-31"))))
  expect_identical(n(subset(tally, day == "2020-12-31")), 1)
})

# ---- dates and times -------------------------------------------------------------------------------------------------

test_that("dates are compared with dates, whatever their class", {
  day <- as.Date("2020-12-30") + c(0, 1, 2, 3, NA)
  time <- as.POSIXct(paste(day, "10:00"), tz = "Pacific/Auckland", format = "%Y-%m-%d %H:%M")
  x <- frame(day = day, text = as.character(day), time = time, lt = factor(as.character(day)))
  cases <- list(
    quote(day > as.Date("2020-12-31")), quote(day > "2020-12-31"), quote(day >= "2021-01-01"), quote("2020-12-31" < day),
    quote(text > as.Date("2020-12-31")), quote(lt > as.Date("2020-12-31")), quote(time > as.Date("2020-12-31")),
    quote(time > "2020-12-31"), quote(time > "2020-12-31 23:59"), quote(time >= "2021-01-01 10:00:00"),
    quote(as.Date("2020-12-31") < time), quote(day %in% c("2021-01-01", "2021-01-02")),
    quote(time %in% c("2021-01-01", "2021-01-02")),
    quote(day %in% as.Date(c("2021-01-01", "2021-01-02"))), quote(!day %in% as.Date(c("2020-12-30", "2020-12-31"))),
    quote(day > as.POSIXlt("2020-12-31 12:00", tz = "UTC"))
  )
  for (case in cases) expect_identical(size(x, case), 2, info = deparse1(case))
  expect_identical(size(x, quote(day == "2020-12-31")), 1)
  expect_identical(size(x, quote(time == "2020-12-31")), 1)
  expect_identical(size(x, quote(time <= "2020-12-31")), 2) # a date stands for the whole day
  expect_identical(rows(~ I(day == "2021-01-01"), x), c("FALSE" = 3, "TRUE" = 1))
  expect_identical(rows(~day, x), c("2020-12-30" = 1, "2020-12-31" = 1, "2021-01-01" = 1, "2021-01-02" = 1))
  expect_identical(names(rows(~time, x))[1L], "2020-12-30 10:00:00")
  for (case in list(quote(day > 2020 - 12 - 31), quote(time < 5))) {
    expect_error(size(x, case), "is a date, and cannot be compared with", class = "weeg_error_variable")
  }
  expect_error(size(x, quote(day > "31-12-2020")), "is no date", class = "weeg_error_variable")
  x$text[2L] <- "unknown"
  expect_error(size(x, quote(text > as.Date("2020-12-31"))), "\"unknown\" is no date", class = "weeg_error_variable")
})

test_that("dates and times are numbers in order", {
  day <- as.Date(c(2932897, 2932532, 18321, -1), origin = "1970-01-01")
  d <- frame(day = c(day, day), y = rep(c("a", "b"), 4L), number = rep(as.double(day), 2L))
  expect_identical(names(rows(~day, d)), c("1969-12-31", "2020-02-29", "9999-01-01", "10000-01-01"))
  expect_identical(weeg_test(weeg_design(d), y ~ day, method = "trend")$p.value,
                   weeg_test(weeg_design(d), y ~ number, method = "trend")$p.value)
  time <- structure(c(93784, 30600, 1, 0.5), units = "secs", class = c("hms", "difftime"))
  expect_identical(names(rows(~time, frame(time = time))), c("00:00:00.5", "00:00:01", "08:30:00", "26:03:04"))
  for (case in list(quote(time == "08:30"), quote(time > "00:01" & time < "24:00:00"), quote(time == 30600))) {
    expect_identical(size(frame(time = time), case), 1)
  }
})

# ---- the same from files ---------------------------------------------------------------------------------------------

test_that("a file of PSPP is the same by its path as by haven, in conditions, expressions and tables", {
  skip_if_not_installed("haven")
  path <- test_path("..", "reference", "sav", "pspp.sav")
  skip_if_not(file.exists(path), "tests/reference is not there: tests run outside the sources")
  skip_if(inherits(try(weeg_design(path), silent = TRUE), "try-error"), "built without ReadStat")
  sources <- list(weeg_design(path), weeg_design(haven::read_sav(path, user_na = TRUE)))
  # by make_sav.sps
  shown <- list(
    t2 = c(first = 2, b = 2), t3 = c("No way" = 2, "Yes please" = 1), t7 = c("No way" = 2, Refused = 1),
    t12 = c("a longer one" = 1, dk = 2, "No way" = 1),
    date = c("1582-10-15" = 1, "2020-01-01" = 1, "2020-12-31" = 1, "2021-01-01" = 1),
    sdate = c("1582-10-15" = 1, "2020-01-01" = 1, "2020-12-31" = 1),
    datetime = c("1582-10-15 00:00:01" = 1, "2020-01-01 12:30:00.25" = 1, "2020-12-31 00:00:00" = 1, "2021-01-01 23:59:59" = 1),
    time = c("00:00:00" = 1, "08:30:00" = 1, "09:30:15" = 1, "23:59:59" = 1),
    dtime = c("00:00:01" = 2, "00:00:02" = 1, "26:03:04" = 1), month = c("1" = 1, "2" = 2, "12" = 1),
    ymdhms = c("1850-01-01 00:00:01" = 1, "2020-01-01 12:30:00" = 1, "2020-12-31 00:00:00" = 1, "2021-01-01 23:59:59" = 1),
    mtime = c("00:00:01" = 2, "00:30:15" = 1, "01:30:00" = 1), moyr = c("2020-01-01" = 1, "2020-02-01" = 2, "2020-12-01" = 1),
    scale = c("not at all" = 1, "5" = 1, "7" = 1, completely = 1), age = c("18" = 1, "34" = 1, "51" = 1)
  )
  conditions <- list(
    list(quote(date > as.Date("2020-12-31")), 1), list(quote(date == "2020-01-01"), 1), list(quote(sdate > "2020-01-01"), 1),
    list(quote(moyr > as.Date("2020-01-31")), 3), list(quote(datetime <= "2020-12-31"), 3),
    list(quote(ymdhms > as.Date("2020-12-31")), 1), list(quote(ymdhms == "2020-01-01"), 1), list(quote(mtime > "00:10"), 2),
    list(quote(time > "09:00"), 2), list(quote(t3 == "no"), 2),
    list(quote(t3 == "No way"), 2), list(quote(t7 %in% c("no", "Refused")), 3), list(quote(t12 == "dk"), 2),
    list(quote(age > 20), 2), list(quote(is.na(t3)), 1), list(quote(scale > 6), 2), list(quote(scale == "completely"), 1),
    list(quote(kind == "red"), 2), list(quote(kind %in% c(1, 3)), 3)
  )
  for (design in sources) {
    for (name in names(shown)) {
      p <- weeg_proportion(design, stats::reformulate(name))
      expect_identical(stats::setNames(p$n, as.character(p$level)), shown[[name]], info = name)
    }
    for (case in conditions) {
      inside <- eval(call("subset", design, case[[1L]]))
      expect_identical(sum(weeg_proportion(inside, ~month)$n), case[[2L]], info = deparse1(case[[1L]]))
    }
    expect_true(is.finite(weeg_test(design, t2 ~ round, method = "trend")$p.value))
    expect_error(subset(design, kind == "purple"), "1 = red, 2 = green, 3 = blue", class = "weeg_error_variable")
    expect_error(weeg_test(design, kind ~ t2, method = "wilcoxon"), "needs levels in order", class = "weeg_error_variable")
  }
  expect_error(subset(sources[[1L]], age == "refused"), "user-missing value of age", class = "weeg_error_variable")
  bare <- tempfile(fileext = ".sav") # without labels
  on.exit(unlink(bare), add = TRUE)
  haven::write_sav(data.frame(age = spss(c(34, 51, 99), na_values = 99)), bare)
  expect_error(subset(weeg_design(bare), age == 99), "99 is a user-missing value of age", class = "weeg_error_variable")
})

test_that("dates in CSV files are compared with dates", {
  path <- tempfile(fileext = ".csv")
  on.exit(unlink(path))
  writeLines(c("day,y", "2020-12-30,a", "2020-12-31,b", "2021-01-01,a", ",b"), path)
  for (design in list(weeg_design(path), weeg_design(utils::read.csv(path)))) {
    expect_identical(sum(weeg_proportion(subset(design, day > as.Date("2020-12-31")), ~y)$n), 1)
    expect_identical(sum(weeg_proportion(subset(design, as.Date("2020-12-31") >= day), ~y)$n), 2)
  }
})

test_that("texts that are dates and times are compared as such, with a day for all its times", {
  path <- tempfile(fileext = ".csv")
  on.exit(unlink(path))
  writeLines(c("at,hour,y", "2024-03-09 23:59:59,08:30:00,a", "2024-03-10 00:00:00,09:00:00,b", "2024-03-10 18:30:00,10:15:00,a",
               "2024-03-11 00:00:00,23:00:00,a", ",,b"), path)
  conditions <- list(
    list(quote(at > "2024-03-10"), 1), list(quote(at >= "2024-03-10"), 3), list(quote(at <= "2024-03-10"), 3),
    list(quote(at == "2024-03-10"), 2), list(quote("2024-03-10" < at), 1), list(quote(at %in% "2024-03-10"), 2),
    list(quote(at > "2024-03-10 12:00"), 2), list(quote(at > as.Date("2024-03-10")), 1), list(quote(at != "2024-03-10"), 2),
    list(quote(hour == "08:30"), 1), list(quote(hour > "9:00"), 2), list(quote(substr(at, 1, 10) == "2024-03-10"), 2)
  )
  for (design in list(weeg_design(path), weeg_design(utils::read.csv(path)))) {
    for (case in conditions) {
      inside <- eval(call("subset", design, case[[1L]]))
      expect_identical(sum(weeg_proportion(inside, ~y)$n), case[[2L]], info = deparse1(case[[1L]]))
    }
  }
})

test_that("texts and codes of labels are not TRUE", {
  d <- frame(done = c("True", "False", "True", "", NA), r = c("north", "south", "east", "north", NA),
             l = c("TRUE", NA, "x", "", ""),
             s = spss(c(1, 2, 2, 1, 3), c(yes = 1, no = 2)), m = spss(c(0, 1, 1, NA, 0), c(no = 0, yes = 1)))
  d$f <- factor(d$done)
  wrong <- list(
    list(quote(done == TRUE), "`done` has no value \"TRUE\"; its values are \"\", \"False\", \"True\""),
    list(quote(f == TRUE), "`f` has no level \"TRUE\""), list(quote(done %in% TRUE), "no value \"TRUE\""),
    list(quote(s == TRUE), "s has no value or label TRUE; it has 1 = yes, 2 = no, 3")
  )
  for (case in wrong) {
    expect_error(size(d, case[[1L]]), case[[2L]], class = "weeg_error_variable", info = deparse1(case[[1L]]))
  }
  right <- list(list(quote(done == "True"), 2), list(quote(done != ""), 3), list(quote(r != ""), 4), list(quote(l == TRUE), 1),
                list(quote(m == TRUE), 2), list(quote(r %in% c("x", "north")), 2), list(quote(r > "n"), 3))
  for (case in right) expect_identical(size(d, case[[1L]]), case[[2L]], info = deparse1(case[[1L]]))
})
