# What many groups cost: seconds for 150, 300 and 600 groups of 4 answers, and by what power of their number these grow.
# Rscript bench/groups.R; a minute. Steps that grow with the square of the number give a power of 2 at most (what is
# smaller than the rest of the work grows less); tests given a variable factor a matrix, with a power of 3. 15 000
# groups: seconds until there is a result, or until it is refused.

suppressMessages(library(weeg))

make <- function(groups) {
  set.seed(groups)
  rows <- max(18000L, 4L * groups)
  data <- data.frame(g = factor(c(seq_len(groups), sample(groups, rows - groups, TRUE)), seq_len(groups)),
                     y = factor(sample(letters[1:4], rows, TRUE, prob = 4:1)), z = factor(sample(3L, rows, TRUE)),
                     w = stats::runif(rows, 0.2, 3), psu = sample(300L, rows, TRUE))
  weeg_design(data, weights = ~w, cluster = ~psu)
}

standard <- c("1" = 0.2, "2" = 0.3, "3" = 0.5)
verbs <- list(
  proportion = function(d) weeg_proportion(d, y ~ g),
  crosstab = function(d) weeg_crosstab(d, y ~ g),
  test = function(d) weeg_test(d, y ~ g, proportions = "null"),
  "test, given" = function(d) weeg_test(d, y ~ g, given = ~z),
  association = function(d) weeg_association(d, y ~ g),
  "compare, all pairs" = function(d) weeg_compare(d, y ~ g, measures = "difference"),
  "compare, one pair" = function(d) weeg_compare(d, y ~ g, pairs = c("1", "2")),
  "compare, rest" = function(d) weeg_compare(d, y ~ g, against = "rest"),
  decompose = function(d) weeg_decompose(d, y ~ g, by = ~z, answers = "a"),
  standardise = function(d) weeg_standardise(d, y ~ g, by = ~z, population = standard),
  funnel = function(d) weeg_funnel(d, y ~ g, answers = "a")
)

seconds <- function(verb, d) {
  how <- ""
  took <- system.time(tryCatch(verb(d), weeg_error_too_large = function(e) how <<- " refused"))[["elapsed"]]
  paste0(format(took, nsmall = 2L, digits = 2L), how)
}

sizes <- c(150L, 300L, 600L)
designs <- lapply(sizes, make)
large <- make(15000L)
cat(sprintf("%-20s %8s %8s %8s  power   15 000 groups\n", "", sizes[1L], sizes[2L], sizes[3L]))
for (name in names(verbs)) {
  verbs[[name]](designs[[1L]])
  took <- vapply(designs, function(d) min(replicate(3L, system.time(verbs[[name]](d))[["elapsed"]])), 0)
  power <- log2(max(took[3L], 0.001) / max(took[2L], 0.001))
  cat(sprintf("%-20s %8.2f %8.2f %8.2f  %5.1f   %s\n", name, took[1L], took[2L], took[3L], power, seconds(verbs[[name]], large)))
}
