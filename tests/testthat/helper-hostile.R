# Hostile values for every argument, and hostile columns for every role of a variable; see test-hostile.R.

# ---- valid calls -----------------------------------------------------------------------------------------------------

# What the valid calls are made of.
hostile_scene <- function() {
  rows <- 60L
  set.seed(7, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
  data <- data.frame(
    y = factor(sample(c("no", "some", "yes"), rows, TRUE), c("no", "some", "yes"), ordered = TRUE),
    g = factor(sample(c("one", "two"), rows, TRUE)), h = factor(sample(c("a", "b", "c"), rows, TRUE)),
    s = rep(1:3, each = rows / 3L), c = rep(1:15, each = rows / 15L), w = round(stats::runif(rows, 0.5, 2), 2),
    m1 = stats::runif(rows) < 0.3, m2 = stats::runif(rows) < 0.6, f = 100
  )
  data[paste0("r", 1:4)] <- lapply(1:4, function(k) data$w * (1 + 0.1 * (data$c %% 4 == k - 1)))
  scene <- new.env(parent = globalenv())
  scene$data <- data
  scene$d <- weeg_design(data, weights = ~w, strata = ~s, cluster = ~c)
  scene$t <- weeg_tally(scene$d, ~ y + g + h)
  scene$replicates <- as.matrix(data[paste0("r", 1:4)])
  scene$compare <- weeg_compare(scene$d, y ~ h, answers = "yes", measures = "difference")
  scene$proportion <- weeg_proportion(scene$d, ~y)
  scene$crosstab <- weeg_crosstab(scene$d, y ~ g)
  scene$multiple <- weeg_multiple(scene$d, m1 + m2 ~ g)
  scene$model <- weeg_logistic(scene$d, g ~ h)
  scene$population <- as.data.frame(table(data["g"]))
  scene$standard <- table(data$h)
  scene$published <- data.frame(question = "Trust", answer = c("yes", "no"), n = c(24, 7), pct = c(77, 23))
  scene$claims <- data.frame(id = c("yes", "no"), pct = c(77, 23), n = c(24, 7))
  scene$book <- data.frame(
    variable = c("", "town", "w", "q", "", ""), role = c("title", "cluster area", "weight", "outcome ordered", "", ""),
    code = c("", "", "", "", "1", "2"), en = c("Trial", "", "", "Is it well?", "yes", "no"))
  scene$answers <- data.frame(town = rep(c("A", "B", "C", "D"), each = 2), w = 1, q = c(1, 2, 1, 1, 1, 2, 2, NA))
  scene$study <- weeg_study(scene$answers, scene$book)
  scene$folder <- file.path(tempdir(), "hostile")
  dir.create(scene$folder, showWarnings = FALSE)
  scene$csv <- file.path(scene$folder, "data.csv")
  scene$tally_file <- file.path(scene$folder, "tally.weeg")
  utils::write.csv(data, scene$csv, row.names = FALSE)
  weeg_write_tally(scene$t, scene$tally_file)
  scene$from_file <- weeg_design(scene$csv, weights = ~w)
  scene
}

# Packages installed before `make web` have none.
has_page <- function() nzchar(system.file("page", "weeg.html", package = "weeg"))

# One call or several of every exported function; the argument of a call that is not named here is NULL or its default.
hostile_calls <- function() {
  c(if (requireNamespace("gt", quietly = TRUE)) alist(as_gt(x = proportion, digits = NULL)),
    if (has_page()) alist(weeg_page(path = file.path(folder, "page.html"))), alist(
    as_svydesign(x = d), as_svyglm(x = model), as_weeg_design(x = d), weeg_association(data = d, formula = y ~ g),
    weeg_audit(tables = published), weeg_audit(claims = claims, n = 31, pairs = c("yes", "no"), deff = 2, digits = 0),
    weeg_calibrate(data = d, margins = ~g, population = population, method = "linear"),
    weeg_calibrate(data = d, margins = list(g = c(one = 30, two = 30)), method = "logit", bounds = c(0.3, 3)),
    weeg_compare(data = d, formula = y ~ h, pairs = c("a", "b"), answers = "yes"),
    weeg_compare(data = d, formula = y ~ h, against = "rest"),
    weeg_compare(data = d, formula = y ~ s, contrasts = "trend"),
    weeg_compare(data = d, formula = y ~ g, adjust_for = ~h),
    weeg_compare(data = d, formula = w ~ g, measures = c("mean-difference", "mean-ratio")),
    weeg_compare(data = d, formula = w ~ g, measures = "mean-difference", against = list(estimate = 2, std.error = 1)),
    weeg_conventions(), weeg_crosstab(data = d, formula = y ~ g), weeg_decompose(data = d, formula = y ~ g, by = ~h),
    weeg_design(data = data, weights = ~w, strata = ~s, cluster = ~c, nest = FALSE, lonely = "adjust",
      conventions = "weeg",
                lonely_domain = FALSE, na_weights = "fail", fpc = NULL),
    weeg_design(data = csv, weights = ~w, delimiter = ",", decimal = ".", encoding = "UTF-8", na = "NA",
                levels = list(), text = character(), quote = "\"", skip_before = 0, max_field = 1e6, on_error = "fail"),
    weeg_design(data = t, conventions = "weeg"), weeg_funnel(data = d, formula = g ~ h, answers = "one"),
    weeg_html(language = "en"), weeg_item_tests(x = multiple), weeg_letters(x = compare),
    weeg_logistic(data = d, formula = g ~ h), weeg_loglinear(data = d, formula = ~ g * h),
    weeg_mean(data = d, formula = w ~ g), weeg_ratio(data = d, formula = w / f ~ g), weeg_total(data = d, formula = w ~ g),
    weeg_ratio(data = d, formula = w / f ~ g, per = 1000, interval = "log"),
    weeg_total(data = d, formula = y ~ g, interval = "log"),
    weeg_quantile(data = d, formula = w ~ g, probs = c(0.25, 0.5), rule = "school", limits = "woodruff", interval = "wald"),
    weeg_quantile(data = d, formula = w ~ g, limits = "test"),
    weeg_contrast(data = d, formula = y ~ g, ~ yes - no, null = 0), weeg_contrast(data = t, formula = y ~ g, quote(yes)),
    weeg_multiple(data = d, formula = m1 + m2 ~ g),
    weeg_plausible(data = d, mapping = drawn ~ r1 + r2), weeg_possible_n(pct = c(58, 42)),
    weeg_poststratify(data = d, formula = ~g, population = population), weeg_problems(study = study),
    weeg_proportion(data = d, formula = y ~ g), weeg_proportion(data = t, formula = y ~ g),
    weeg_proportion(data = data, formula = y ~ g, adjust_for = ~h),
    weeg_proportion(data = d, formula = y ~ g, answers = list(NULL, top = c("some", "yes"))),
    weeg_test(data = d, formula = y ~ g, answers = list("no", top = c("some", "yes"))),
    weeg_crosstab(data = d, formula = y ~ g, answers = list(top = c("some", "yes"))),
    weeg_total(data = d, formula = y ~ g, answers = "yes"),
    weeg_reason_code(x = compare),
    weeg_battery(data = d, formula = ~ m1 + m2, means = TRUE, sort = "mean"),
    weeg_battery(data = d, formula = y ~ g, answers = list(top = c("some", "yes")), positive = "yes", neutral = "some"),
    weeg_book(data = d, rows = ~ y + w, columns = ~g, filters = list(y = ~ h == "a"), title = "t", adjust = "none", level = 0.9),
    weeg_book(data = d, rows = ~ y + set, columns = ~ h + by, sets = list(set = ~ m1 + m2, by = ~ m1 + m2)),
    weeg_save(x = crosstab, path = file.path(folder, "saved.md"), digits = NULL),
    weeg_save(x = list(one = proportion, two = compare), path = file.path(folder, "saved.csv")),
    weeg_protect(data = d, proportion), weeg_protect_tally(tally = t, sender = "North", threshold = 2),
    weeg_rake(data = d, margins = list(g = c(one = 30, two = 30))), weeg_read_tally(path = tally_file),
    weeg_replicate_design(data = data, weights = ~w, repweights = replicates, type = "jk1", scale = NULL),
    weeg_replicate_design(data = data, weights = ~w, repweights = "^r[0-9]$", type = "fay", rho = 0.3),
    weeg_replicates(data = d, type = "jkn"), weeg_replicates(data = d, type = "rao-wu", replicates = 5),
    weeg_report(study = study, type = "national", language = "en", output = file.path(folder, "report.html"),
                threshold = NULL, cores = 1L, quiet = TRUE),
    weeg_section(study = study, section = "needs", language = "en", threshold = NULL),
    weeg_sensitivity(data = d, formula = y ~ g), weeg_shrink(data = d, formula = g ~ h, answers = "one"),
    weeg_skipped(data = from_file), weeg_standardise(data = d, formula = y ~ g, by = ~h, population = standard),
    weeg_standardise(data = d, formula = y ~ g, by = ~h, population = standard, interval = "beta"),
    weeg_study(data = answers, codebook = book), weeg_codebook(data = answers, language = "en"),
    weeg_table(x = proportion, digits = NULL),
    weeg_tally(data = d, formula = ~ y + g),
    weeg_tally(data = d, formula = w ~ g),
    weeg_test(data = d, formula = y ~ g),
    weeg_test(data = d, formula = ~g, p = c(0.5, 0.5)),
    weeg_test(data = d, formula = w ~ g, method = "mean"),
    weeg_test(data = d, formula = y ~ g, given = ~h, method = "wald"),
    weeg_total(data = d, formula = ~y), weeg_trim(data = d, upper = 1.9),
    weeg_two_phase(data = d, subset = ~m2, strata = ~g, nest = FALSE), weeg_weights(data = d), weeg_word(),
    weeg_write_tally(tally = t, path = file.path(folder, "written.weeg"))
  ))
}

# Methods of generics of R and other packages, of which the arguments after the first are ours.
hostile_method_calls <- function() {
  alist(
    print(x = proportion, digits = NULL), format(x = proportion, digits = NULL, width = 80),
    print(x = crosstab, digits = NULL), format(x = multiple, digits = NULL, width = 80), format(x = d, width = 80),
    format(x = compare, digits = NULL, width = 80), confint(object = proportion, parm = NULL, level = NULL),
    confint(object = model, parm = NULL, level = NULL), anova(object = model, NULL), subset(x = d, g == "one"),
    subset(x = t, g == "one"), weeg_sensitivity(data = d, formula = y ~ g, verb = weeg_proportion, level = 0.9)
  )
}

# ---- hostile values --------------------------------------------------------------------------------------------------

# Objects of these classes lie about themselves, or stop.
hostile_methods <- function() {
  liar <- function(generic, method) registerS3method(generic, paste0("weeg_liar_", sub("[^a-z]", "x", generic)), method,
                                                     envir = asNamespace("base"))
  refuse <- function(...) stop("R's own words: I do not want to")
  for (generic in c("[", "[[", "length", "names", "as.character", "levels", "print", "format", "dim", "is.na",
    "unique", "==")) {
    liar(generic, refuse)
  }
  registerS3method("length", "weeg_long", function(x) 1000L, envir = asNamespace("base"))
  registerS3method("dim", "weeg_square", function(x) c(7L, 7L), envir = asNamespace("base"))
  registerS3method("levels", "weeg_levels", function(x) list(1, "a"), envir = asNamespace("base"))
  registerS3method("as.character", "weeg_texts", function(x, ...) c("a", "b", "c", "d", "e"),
    envir = asNamespace("base"))
}

lying <- function(x, generic) structure(x, class = paste0("weeg_liar_", sub("[^a-z]", "x", generic)))

hostile_values <- function() {
  hostile_methods()
  bytes <- "\xff\xfe"
  Encoding(bytes) <- "bytes"
  values <- list(
    "NULL" = NULL, logical0 = logical(), true = TRUE, truths = c(TRUE, FALSE), na = NA, na_integer = NA_integer_,
    na_real = NA_real_, na_text = NA_character_, na_complex = NA_complex_, nas = rep(NA_real_, 3L), nan = NaN,
    inf = Inf,
    minus_inf = -Inf, minus_zero = -0, zero = 0L, one = 1, two = 2, half = 0.5, minus = -1, tiny = 5e-324, huge = 1e308,
    largest = .Machine$double.xmax, two31 = 2^31, two53 = 2^53 + 2, integer_max = .Machine$integer.max, pi = pi,
    numbers = c(1, 2, 3), many = seq(0, 1, length.out = 1000), compact = 1:1000000, numeric0 = numeric(),
    named = c(a = 1, b = 2),
    complex = 1i, complexes = complex(3L), raw = as.raw(1:3), raw0 = raw(), empty = "", text0 = character(), text = "a",
    texts = c("y", "g"), blanks = "   ", dot = ".", percent = "%s%n%d", long = strrep("x", 1e6),
    many_texts = as.character(1:10000),
    accented = "\u00e9\u00e9n \u4eba", latin1 = iconv("\u00e9", "UTF-8", "latin1"), invalid = "a\xff", bytes = bytes,
    control = "a\033[31mb\r\n\t\001", path = "/no/such/place/file", folder = tempdir(), device = "/dev/null",
    symbol = quote(y), call = quote(stop("no")), expression = expression(a, b),
    formula_empty = eval(call("~", as.call(list(as.name("("))))), formula_dot = y ~ .,
    formula_offset = y ~ offset(w) + g, formula_two = a ~ b ~ c, formula_none = ~0, formula_number = ~ 1e5,
    formula_text = ~"y",
    formula_long = stats::as.formula(paste("y ~", paste(paste0("x", 1:300), collapse = "+"))), formula_self = y ~ y,
    formula_unknown = ~ nothing, formula_fun = ~ stop("no"), formula_na = NA ~ NA, formula_null = ~NULL,
    closure = function(x) x, primitive = sum, special = `if`, environment = new.env(),
    pointer = methods::new("externalptr"),
    s4 = methods::new("namedList"), list0 = list(), list = list(1, "a", NULL), nested = list(list(list(a = 1))),
    named_list = list(a = 1, b = "x"), pairlist = pairlist(a = 1, 2), frame0 = data.frame(),
    frame_empty = data.frame(a = integer()),
    frame_columnless = data.frame(a = 1:3)[0], frame = data.frame(a = 1:3, b = letters[1:3]),
    frame_nested = structure(list(a = data.frame(b = 1:2)), class = "data.frame", row.names = 1:2),
    frame_twice = data.frame(y = 1:2, y = 3:4, check.names = FALSE),
    frame_broken = structure(list(a = 1:3, b = 1), class =
      "data.frame", row.names = 1:2), frame_unnamed = structure(list(1:3), class = "data.frame", row.names = 1:3),
    matrix = matrix(1:4, 2L), matrix0 = matrix(numeric(), 0L, 3L), array = array(1, c(1L, 1L, 1L)),
    table = table(c("a", "b")),
    factor = factor("a"), factor_na = addNA(factor(c("a", NA))),
    factor_twice = structure(1:2, levels = c("a", "b"), class = "factor"),
    factor_broken = structure(c(1L, 9L), levels = c("a", "b"), class = "factor"), ordered = factor("a", ordered = TRUE),
    date = as.Date("2020-01-01"), posixct = .POSIXct(0, "UTC"), posixlt = as.POSIXlt("2020-01-01", tz = "UTC"),
    difftime = as.difftime(1, units = "mins"), integer64 = structure(1e-300, class = "integer64"),
    classed_number = structure(0.5, class = "unknown"),
    classed_text = structure("a", class = "unknown"), liar_get = lying(list(1, 2), "["),
    liar_length = lying("a", "length"),
    liar_names = lying(list(a = 1), "names"), liar_texts = lying(1, "as.character"), liar_equal = lying(1, "=="),
    liar_dim = lying(1, "dim"), liar_na = lying(0.5, "is.na"), liar_print = lying("a", "print"),
    liar_long = structure(0.5, class = "weeg_long"), namespace = asNamespace("stats"), connection = stdin(),
    condition = simpleError("boo"), try_error = structure("Error", class = "try-error")
  )
  values
}

# ---- hostile columns -------------------------------------------------------------------------------------------------

hostile_columns <- function(rows = 60L) {
  hostile_methods()
  some <- rep_len(c(1, 2), rows)
  three <- rep_len(c("a", "b", "c"), rows)
  codes <- rep_len(1:3, rows)
  as_kind <- function(x, ...) structure(x, ...)
  bytes <- rep_len(c("\xff\xfe", "b"), rows)
  Encoding(bytes) <- "bytes"
  set <- function(x, value, at = 1L) replace(x, at, value)
  list(
    na = rep(NA, rows), na_integer = rep(NA_integer_, rows), na_real = rep(NA_real_, rows),
    na_text = rep(NA_character_, rows),
    na_complex = rep(NA_complex_, rows), nan = rep(NaN, rows), one_nan = set(some, NaN), one_na = set(some, NA),
    inf = set(some, Inf), minus_inf = set(some, -Inf), zeros = numeric(rows), minus_zeros = rep(-0, rows),
    constant = rep(1, rows),
    true = rep(TRUE, rows), logical = rep_len(c(TRUE, FALSE, NA), rows), huge = set(some, 1e308),
    all_huge = some * 8e307,
    tiny = some * 5e-324, both = set(set(some, 1e308), 1e-308, 2L), negative = -some, one_negative = set(some, -1),
    two53 = 2^53 + some * 2, two31 = 2^31 + some, integers = .Machine$integer.max - codes,
    distinct = seq_len(rows) + 0.5,
    alternate = seq_len(rows), close = 1 + some * .Machine$double.eps, complex = complex(real = some, imaginary = 1),
    raw = as.raw(codes), list = as.list(some), lists = rep(list(list(1, "a")), rows), nulls = vector("list", rows),
    expressions = as.expression(as.list(some)), functions = rep(list(sum), rows), text = three, empty = rep("", rows),
    blanks = rep_len(c(" ", "  ", ""), rows), numbers_as_text = as.character(some),
    comma = rep_len(c("1,5", "2,5"), rows),
    long = paste0(three, strrep("x", 1e5)), many = as.character(seq_len(rows)),
    accented = rep_len(c("\u00e9\u00e9n", "\u4eba"), rows),
    latin1 = rep_len(c(iconv("\u00e9", "UTF-8", "latin1"), "\u00e9", "e"), rows),
    invalid = rep_len(c("a\xff", "b"), rows), bytes = bytes,
    control = rep_len(c("a\033[31m", "b\r\n", "c\001"), rows), na_words = rep_len(c("NA", NA, "all"), rows),
    names = stats::setNames(some, three), factor = factor(three), factor_na = addNA(factor(set(three, NA))),
    factor_unused = factor(three, c("z", "a", "b", "c")), factor_none = factor(rep(NA, rows)),
    factor_twice = as_kind(codes, levels = c("a", "a", "b"), class = "factor"),
    factor_broken = as_kind(codes + 5L, levels = c("a", "b"), class = "factor"),
    factor_negative = as_kind(codes - 3L, levels = c("a", "b", "c"), class = "factor"),
    factor_numbers = as_kind(codes, levels = c(1, 2, 3), class = "factor"),
    factor_bare = as_kind(codes, class = "factor"),
    factor_bytes = as_kind(codes, levels = c(bytes[1L], "b", "c"), class = "factor"),
    factor_many = factor(seq_len(rows), seq_len(5000)), ordered = factor(three, ordered = TRUE),
    date = as.Date("2020-01-01") + codes, date_inf = as.Date(set(some, Inf), origin = "1970-01-01"),
    posixct = .POSIXct(some, "UTC"), posixlt = as.POSIXlt(.POSIXct(some, "UTC")),
    posixct_bad = as_kind(some * 1e300, class = c("POSIXct", "POSIXt"), tzone = 3),
    difftime = as.difftime(some, units = "mins"), difftime_bad = as_kind(some, class = "difftime", units = list(1)),
    integer64 = as_kind(some * 5e-324, class = "integer64"), integer64_text = as_kind(three, class = "integer64"),
    labelled = as_kind(some, labels = c(yes = 1, no = 2), class = "haven_labelled"),
    labelled_twice = as_kind(some, labels = c(yes = 1, yes = 2, 1), class = "haven_labelled"),
    labelled_bad = as_kind(some, labels = list(a = 1, b = "x"), class = "haven_labelled"),
    labelled_text = as_kind(some, labels = c(a = "x"), class = "haven_labelled"),
    labelled_bare = as_kind(some, labels = c(1, 2), class = "haven_labelled"),
    labelled_missing = as_kind(some, labels = c(a = 1), na_values = "x", na_range = c(NA, 3), class = "haven_labelled"),
    labelled_complex = as_kind(complex(real = some), labels = c(a = 1), class = "haven_labelled"),
    spss_date = as_kind(some, format.spss = "DATE11"), spss_text = as_kind(three, format.spss = "DATE11"),
    spss_bad = as_kind(some, format.spss = c("A", "B")), label = as_kind(some, label = c("a", "b")),
    label_control = as_kind(some, label = "a\033[31m\r\nb"), matrix = matrix(some, rows, 2L),
    matrix_one = matrix(some, rows, 1L),
    array = array(some, c(rows, 1L, 1L)), array_one = array(some, rows), frame = data.frame(a = some, b = three),
    frame_one = data.frame(a = some), frame0 = data.frame(row.names = seq_len(rows)), short = some[1:5],
    none = numeric(),
    environment = new.env(), closure = sum, symbol = quote(a), formula = ~a, pointer = methods::new("externalptr"),
    s4 = methods::new("namedList"), unknown = as_kind(some, class = "unknown"),
    unknown_list = as_kind(as.list(some), class = "unknown"),
    liar_get = lying(some, "["), liar_length = lying(some, "length"), liar_texts = lying(three, "as.character"),
    liar_levels = lying(codes, "levels"), liar_na = lying(some, "is.na"), liar_names = lying(some, "names"),
    liar_unique = lying(some, "unique"), liar_equal = lying(some, "=="), liar_format = lying(some, "format"),
    liar_dim = lying(some, "dim"),
    liar_long = as_kind(some, class = "weeg_long"), liar_square = as_kind(some, class = "weeg_square"),
    liar_factor = as_kind(codes, levels = c("a", "b", "c"), class = c("weeg_levels", "factor")),
    liar_numbers = as_kind(some, class = "weeg_texts")
  )
}

# Every role that a column `bad` may have. Names: the argument where it stands.
hostile_roles <- function() {
  alist(
    weeg_design(data, weights = ~bad), weeg_design(data, weights = ~bad, na_weights = "omit"),
    weeg_design(data, strata = ~bad),
    weeg_design(data, cluster = ~bad), weeg_design(data, strata = ~bad, cluster = ~c, nest = TRUE),
    weeg_design(data, strata = ~s, cluster = ~bad, nest = TRUE), weeg_design(data, cluster = ~ c + bad),
    weeg_design(data, strata = ~ 1 + bad, cluster = ~ c + y), weeg_design(data, fpc = ~bad),
    weeg_design(data, strata = ~s, fpc = ~bad),
    weeg_design(data, cluster = ~ c + y, fpc = ~ f + bad), weeg_design(data, weights = ~ I(bad * 2)),
    weeg_proportion(d, ~bad), weeg_proportion(d, y ~ bad), weeg_proportion(d, bad ~ g), weeg_proportion(d, y ~ g + bad),
    weeg_proportion(d, ~bad, missing = "level"), weeg_proportion(d, ~ I(bad == 1)), weeg_proportion(d, ~ I(bad > 1)),
    weeg_proportion(d, ~ factor(bad)), weeg_proportion(d, y ~ interaction(bad, g)),
    weeg_proportion(d, y ~ g, adjust_for = ~bad),
    weeg_proportion(d, y ~ bad, adjust_for = ~h), weeg_proportion(d, bad ~ g, adjust_for = ~h),
    weeg_proportion(subset(d, bad == 1), ~y), weeg_proportion(subset(d, bad == "a"), ~y),
    weeg_proportion(subset(d, bad), ~y),
    weeg_proportion(subset(d, !is.na(bad)), ~y), weeg_proportion(subset(d, bad %in% c("a", NA)), ~y),
    weeg_contrast(d, bad ~ g, ~yes), weeg_contrast(d, y ~ bad, ~yes), weeg_contrast(d, y ~ g, ~ yes - bad),
    weeg_contrast(d, y ~ g, ~bad), weeg_book(d, ~ bad + w, ~ g + h), weeg_book(d, ~y, ~ bad + g),
    weeg_book(d, ~ y + w, ~g, filters = list(y = ~ bad == 1)), weeg_book(d, ~set, ~g, sets = list(set = ~ m1 + bad)),
    weeg_book(d, ~ y + w, ~set, sets = list(set = list(~bad, coding = "categories"))),
    weeg_mean(d, ~bad), weeg_mean(d, bad ~ g), weeg_mean(d, w ~ bad), weeg_mean(d, bad + w ~ h, missing = "omit"),
    weeg_mean(d, ~ I(bad * 2)), weeg_mean(subset(d, bad > 1), ~bad), weeg_total(d, bad ~ g), weeg_total(d, bad + w ~ h),
    weeg_compare(d, bad ~ g, measures = "mean-ratio"), weeg_compare(d, w ~ bad, measures = "mean-difference"),
    weeg_compare(d, bad + w ~ h, measures = "mean-difference", against = "rest"), weeg_test(d, bad ~ g, method = "mean"),
    weeg_test(d, w ~ bad, method = "mean"),
    weeg_ratio(d, bad / w ~ g), weeg_ratio(d, w / bad ~ g), weeg_ratio(d, w / f ~ bad), weeg_ratio(d, bad / f + w / bad ~ h),
    weeg_quantile(d, ~bad), weeg_quantile(d, bad ~ g), weeg_quantile(d, w ~ bad), weeg_quantile(d, bad + w ~ h, missing = "omit"),
    weeg_quantile(d, w ~ bad, missing = "level"), weeg_quantile(weeg_tally(d, ~ bad + g), bad ~ g),
    weeg_proportion(subset(d, bad > 1), ~y), weeg_total(d, ~bad), weeg_total(d, ~ bad + g),
    weeg_crosstab(d, bad ~ g), weeg_crosstab(d, y ~ bad), weeg_test(d, bad ~ g), weeg_test(d, y ~ bad),
    weeg_test(d, ~bad),
    weeg_test(d, bad ~ g, method = "kruskal-wallis"), weeg_test(d, bad ~ g, method = "trend"),
    weeg_test(d, y ~ bad, method = "trend"),
    weeg_test(d, y ~ g, given = ~bad, method = "wald"), weeg_compare(d, bad ~ g), weeg_compare(d, y ~ bad),
    weeg_compare(d, y ~ bad, against = "rest"), weeg_compare(d, y ~ bad, contrasts = "trend"),
    weeg_compare(d, y ~ g, adjust_for = ~bad), weeg_letters(weeg_compare(d, y ~ bad, measures = "difference")),
    weeg_association(d, bad ~ g), weeg_association(d, y ~ bad), weeg_logistic(d, bad ~ g), weeg_logistic(d, g ~ bad),
    weeg_logistic(d, g ~ bad * h), weeg_logistic(d, g ~ I(bad * 2)), weeg_loglinear(d, ~ bad * g),
    weeg_loglinear(d, ~ (bad + g + h)^2),
    weeg_decompose(d, y ~ bad, by = ~h), weeg_decompose(d, y ~ g, by = ~bad), weeg_decompose(d, bad ~ g, by = ~h),
    weeg_standardise(d, y ~ g, by = ~bad, population = c(a = 1, b = 2, c = 3)),
    weeg_standardise(d, y ~ bad, by = ~h, population = standard),
    weeg_battery(d, ~ bad + m1), weeg_battery(d, ~ m1 + bad), weeg_battery(d, ~bad, means = TRUE), weeg_battery(d, bad ~ bad),
    weeg_battery(d, m1 + m2 ~ bad), weeg_battery(d, ~ bad + I(bad)),
    weeg_multiple(d, ~ bad + m1), weeg_multiple(d, m1 + m2 ~ bad), weeg_multiple(d, ~ bad + m1, yes = "a"),
    weeg_multiple(d, ~ bad + m1, unnamed = "blank"), weeg_multiple(d, ~ bad + h, coding = "categories"),
    weeg_multiple(d, ~bad, separator = ";"), weeg_shrink(d, g ~ bad, answers = "one"),
    weeg_funnel(d, g ~ bad, answers = "one"),
    weeg_funnel(d, bad ~ h), weeg_shrink(d, bad ~ h), weeg_sensitivity(d, bad ~ g), weeg_tally(d, ~ bad + y),
    weeg_protect(d, weeg_proportion(d, ~bad)), weeg_protect(d, weeg_proportion(d, y ~ bad)),
    weeg_protect_tally(weeg_tally(d, ~ bad + y), "North"),
    weeg_rake(d, list(bad = c(a = 20, b = 20, c = 20))),
    weeg_calibrate(d, ~bad, data.frame(bad = c("1", "2"), Freq = c(30, 30))),
    weeg_poststratify(d, ~bad, data.frame(bad = c(1, 2), Freq = c(30, 30))),
    weeg_poststratify(d, ~g, as.data.frame(table(data["g"]))[0]),
    weeg_replicate_design(data, weights = ~w, repweights = ~ bad + r1 + r2, type = "jk1"),
    weeg_replicate_design(data, weights = ~bad, repweights = ~ r1 + r2, type = "jk1"),
    weeg_replicate_design(data, weights = ~w, repweights = data[c("bad", "r1")], type = "jk1"),
    weeg_replicates(weeg_design(data, strata = ~bad), "jkn"), weeg_weights(weeg_design(data, weights = ~bad)),
    weeg_trim(weeg_design(data, weights = ~bad), upper = 1.5),
    weeg_two_phase(d, ~bad), weeg_two_phase(d, ~m2, strata = ~bad), weeg_two_phase(data, ~m2, cluster = ~bad),
    weeg_two_phase(d, ~m2, fpc = ~bad),
    weeg_proportion(weeg_two_phase(weeg_design(data, strata = ~bad), ~m2, strata = ~bad), ~bad),
    weeg_proportion(weeg_design(data, weights = ~bad), y ~ g),
    weeg_test(weeg_design(data, weights = ~bad), y ~ g),
    weeg_crosstab(weeg_design(data, weights = ~bad, strata = ~s, cluster = ~c), y ~ g),
    weeg_proportion(weeg_design(data, strata = ~bad, lonely = "adjust"), y ~ g),
    weeg_proportion(weeg_design(data, cluster = ~bad), y ~ g),
    weeg_audit(stats::setNames(data[c("g", "h", "bad")], c("question", "answer", "pct"))),
    weeg_audit(stats::setNames(data[c("bad", "h", "f")], c("question", "answer", "pct"))),
    weeg_study(stats::setNames(data[c("c", "w", "bad")], c("town", "w", "q")), book),
    weeg_study(stats::setNames(data[c("c", "bad", "s")], c("town", "w", "q")), book),
    weeg_study(stats::setNames(data[c("bad", "w", "s")], c("town", "w", "q")), book),
    as_svydesign(weeg_design(data, weights = ~bad)),
    plot(weeg_proportion(d, y ~ bad))
  )
}

# ---- judging a call --------------------------------------------------------------------------------------------------

# Phrases of R itself, and of packages that weeg calls.
r_words <- paste(c(
  "subscript", "object of type", "of length zero", "TRUE/FALSE", "invalid '", "argument to", "non-numeric",
  "non-character", "cannot coerce", "coerc", "cannot open (the|file|compressed)", "undefined columns",
  "differing number", "replacement ",
  "NAs introduced", "number of dimensions", "'closure'", "subsettable", "promise", "non-conformable", "is duplicated",
  "condition has length", "not meaningful", "attempt to", "no applicable method", "unused argument",
  "could not find function", "'[a-zA-Z.]+' must be", "with no default", "vapply|lapply|FUN|do[.]call|[.]Call|C_",
  "R's own words", "[$] operator", "arguments must", "is not TRUE", "must be length", "multibyte", "in coercion",
  "environment is", "only defined on", "zero-length", "recursive indexing", "not found$", "invalid argument",
  "translat",
  "'list'", "missing values are not"
), collapse = "|")

# What was wrong with a call, nothing if it did as it should. said: what an error must name. own: whether the call has an
# expression of the user's, whose errors and warnings are told in R's words.
judge <- function(call, envir, said, own = FALSE, seconds = 20) {
  faults <- character()
  fault <- function(...) faults <<- c(faults, paste0(...))
  started <- sum(proc.time()[1:2])
  setTimeLimit(cpu = seconds, transient = TRUE)
  on.exit(setTimeLimit())
  utils::capture.output(withCallingHandlers(
    tryCatch(judge_value(eval(call, envir), fault), error = function(e) judge_error(e, said, own, fault)),
    warning = function(w) {
      if (!own && !inherits(w, "weeg_warning")) fault("warning: ", conditionMessage(w))
      tryInvokeRestart("muffleWarning")
    },
    message = function(m) tryInvokeRestart("muffleMessage")
  ))
  if (sum(proc.time()[1:2]) - started > seconds) fault("slow")
  unique(faults)
}

judge_error <- function(e, said, own, fault) {
  text <- iconv(conditionMessage(e), "UTF-8", "UTF-8", sub = "byte")
  start <- substr(text, 1L, 300L)
  if (!inherits(e, "weeg_error")) return(fault("bare: ", class(e)[1L], ": ", start))
  words <- if (own) sub("(cannot evaluate|cannot hold this design:) .*", "", text) else text
  found <- regmatches(words, regexpr(r_words, words))
  if (length(found) > 0L) fault("R's words: ", found, ": ", start)
  if (!any(vapply(said, grepl, NA, x = text, fixed = TRUE))) fault("unnamed: ", start)
}

judge_value <- function(value, fault) {
  if (is.null(value)) return(invisible())
  print(value)
  if (!inherits(value, c("weeg_result", "weeg_crosstab"))) return(invisible())
  rows <- tidy(value)
  numbers <- vapply(rows, is.numeric, NA)
  not <- vapply(rows[numbers], function(x) any(is.nan(x)), NA)
  if (any(not)) fault("NaN in ", paste(names(rows)[numbers][not], collapse = ", "))
  if (!all(c("estimate", "reason") %in% names(rows))) return(invisible())
  if (any(is.na(rows$estimate) & is.na(rows$reason))) fault("NA without a reason")
}

# ---- all cases -------------------------------------------------------------------------------------------------------

# A case is list(call, envir, said, own), and a name. The values stand in the environment, so that calls stay short.
hostile_case <- function(name, call, scene, members, said, own = FALSE) {
  list(name = name, call = call, envir = list2env(members, parent = scene), said = said, own = own)
}

# Every argument of every call with every value, and not given.
argument_cases <- function(scene = hostile_scene(), values = hostile_values()) {
  unlist(lapply(c(hostile_calls(), hostile_method_calls()), function(call) {
    unlist(lapply(argument_places(call), function(at) {
      said <- said_of(at)
      text <- paste(deparse(call, 500L), at)
      own <- at == "verb" || (is.numeric(at) && identical(call[[1L]], quote(subset)))
      cases <- Map(function(value, name) {
        call[[at]] <- quote(hostile)
        hostile_case(paste(text, name, sep = ": "), call, scene, list(hostile = value), said, own)
      }, values, names(values))
      if (!is.character(at) || is.null(call[[at]])) return(cases)
      call[[at]] <- quote(expr = )
      c(cases, list(hostile_case(paste0(text, ": not given"), call, scene, list(), said)))
    }), recursive = FALSE)
  }), recursive = FALSE)
}

# Names of arguments, or the numbers of those without a name. Of other packages' generics the first argument only chooses the
# method.
argument_places <- function(call) {
  name <- as.character(call[[1L]])
  f <- get(name)
  own <- name %in% own_exports()
  places <- setdiff(union(if (own) names(formals(f)), names(call)[-1L]), c("...", "", if (!own) c("x", "object")))
  c(as.list(places), as.list(which(names(call) == "")[-1L]))
}

own_exports <- function() {
  names <- getNamespaceExports("weeg")
  names[vapply(names, function(name) identical(environment(getExportedValue("weeg", name)), asNamespace("weeg")), NA)]
}

# What stands for an argument in messages about it.
said_of <- function(argument) {
  if (is.numeric(argument)) return(c("condition", "result", "verb", "design", "option", "level", "model", "argument", "function"))
  more <- list(formula = c("~", "outcome", "variable", "covariate", "answers", "outcome", "group", "item"),
               data = c("file", "variable", "rows", "unknown argument", "no result"), x = c("`data`", "file"),
               codebook = c("file", "study", "no row"), path = c("file", "folder"),
               quote = "variable", population = c("target", "shares"),
               margins = "population", max_field = "field", skip_before = "variable")
  c(argument, if (argument %in% c("given", "by", "adjust_for")) "formula", more[[argument]])
}

# Every role of a variable with every column.
column_cases <- function(scene = hostile_scene(), columns = hostile_columns()) {
  said <- c("bad", "variable `", "weight", "stratum", "PSU", "fpc", "group", "area", "level", "answer", "item", "standard",
    "population",
            "margin", "tables", "no row", "estimates", "replicates", "nothing to plot", "no result", "condition", "function",
            "survey cannot hold")
  scenes <- lapply(columns, function(column) {
    data <- unclass(scene$data)
    data["bad"] <- list(column)
    data <- structure(data, class = "data.frame", row.names = .set_row_names(60L))
    list(data = data, d = weeg_design(data, weights = ~w, strata = ~s, cluster = ~c))
  })
  unlist(lapply(hostile_roles(), function(call) {
    text <- paste(deparse(call, 500L), collapse = "")
    own <- grepl("svydesign|I\\(|factor\\(|interaction\\(|subset\\(", text)
    Map(function(members, name) hostile_case(paste(text, name, sep = ": "), call, scene, members, said, own), scenes,
      names(columns))
  }), recursive = FALSE)
}

# All cases with WEEG_HOSTILE=all; else every so many, a number that divides neither that of values nor that of columns.
hostile_sample <- function(cases, every) {
  if (Sys.getenv("WEEG_HOSTILE") != "all") return(cases[seq(every, length(cases), every)])
  cat(length(cases), "hostile cases\n")
  cases
}

# "call: what was wrong" of the cases that did not do as they should.
hostile_faults <- function(cases) {
  faults <- lapply(cases, function(case) judge(case$call, case$envir, case$said, case$own))
  names <- vapply(cases, `[[`, "", "name")
  paste0(rep(names, lengths(faults)), ": ", unlist(faults), recycle0 = TRUE)
}
