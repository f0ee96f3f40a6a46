# Coverage and size in samples of few PSUs, under the conventions "nchs" and "weeg": `make coverage-study` runs this.
# It says which populations are sampled, has bench/few_psus.c draw the samples, and writes a line for each setting, measure and
# profile to vignettes/few-psus.csv, from which vignettes/few-psus.Rmd makes its tables.
#
# A population: strata that differ in their weights (1, 2, 4, 8) and as a rule in their proportions. In a stratum each PSU has
# proportions of its own, from a Dirichlet distribution with intracluster correlation icc. Settings are independent: the
# seed of each is its number.
#
# Environment: WEEG_SAMPLES samples per setting (default 2000), WEEG_FAMILIES those to run (default: all; see the
# settings), separated by commas, WEEG_CORES how many run at once.

samples <- as.integer(Sys.getenv("WEEG_SAMPLES", "2000"))
program <- "build/plain/bench/few_psus"
# a file of each setting that this program has done, so that a run can be taken up again
kept <- file.path("build", "few-psus", samples)
dir.create(kept, recursive = TRUE, showWarnings = FALSE)

weights <- c(1, 2, 4, 8)
shifts <- c(-0.4, -0.1, 0.2, 0.1) # of log odds
rising <- list(icc = c(0.005, 0.02, 0.05, 0.2), rows = c(5, 10, 20, 40), shift = c(-2, -1, 1, 2))

# ---- families --------------------------------------------------------------------------------------------------------

# strata x PSUs in each; what is not named here is usual
family <- function(name, what, design, ..., how = "joint") {
  usual <- list(p = 0.3, cv_weights = 0, cv_rows = 0, icc = 0.05, group_icc = 0.05, rows = 10, first_weight = 1, table = "1x2",
                differ = "", odds = 1)
  given <- expand.grid(design = design, ..., how = how, stringsAsFactors = FALSE)
  usual <- usual[setdiff(names(usual), names(given))]
  cbind(family = name, what = what, given, usual, stringsAsFactors = FALSE)
}
same_columns <- function(tables) do.call(rbind, lapply(tables, function(x) x[names(tables[[1L]])]))

settings <- same_columns(list(
  family("bench", "share", c("4x2", "4x5", "4x20"), p = c(0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99), cv_weights = 0:1),
  family("few", "share", c("4x2", "8x2", "15x2", "3x5"), p = c(0.1, 0.3), cv_weights = 0:1, icc = c(0.01, 0.2)),
  family("sizes", "share", c("4x2", "4x5", "15x2", "4x20"), p = c(0.1, 0.3), cv_weights = 1, icc = c(0.05, 0.2), cv_rows = 1,
         rows = 15),
  family("weights by answer", "share", c("4x2", "4x5", "15x2", "4x20"), p = c(0.1, 0.3, 0.7), cv_weights = 1, first_weight = 3,
         rows = 20),
  family("domains", "share", c("4x5", "15x2", "4x20"), p = c(0.2, 0.5), icc = c(0.05, 0.2), group_icc = c(0.3, 0.7), rows = 20,
         table = "2x2", how = "apart"),
  family("rare answers", "share", c("4x5", "15x2", "4x20"), p = c(0.02, 0.05), cv_weights = 0:1, rows = 40),
  family("unequal strata", "share", c("4x2", "4x5", "12x2", "4x20"), p = c(0.1, 0.3),
         differ = c("icc up", "icc down", "rows up", "rows down", "shift up", "shift down")),
  family("2 x 2 crossing", "test", c("4x2", "8x2", "15x2", "3x5", "4x5", "4x20"), cv_weights = 0:1, cv_rows = 0:1, icc = 0.1,
         group_icc = 0.1, table = "2x2", how = "apart"),
  family("2 x 2 nested", "test", c("4x2", "8x2", "15x2", "4x5", "4x20"), cv_weights = 0:1, cv_rows = 0:1, rows = 15,
         table = "2x2", how = "nested"),
  family("3 x 2 and 5 x 4", "test", c("4x2", "4x5", "8x2", "15x2", "3x5"), table = c("3x2", "5x4"), cv_rows = 0:1, icc = 0.1,
         group_icc = 0.1, rows = 12, how = "apart"),
  family("3 x 2 and 5 x 4", "test", c("4x5", "8x3"), table = c("3x2", "5x4"), cv_rows = 0:1, rows = 15, how = "nested"),
  family("contrasts crossing", "contrast", c("4x2", "4x5", "15x2", "4x20"), p = c(0.1, 0.4), cv_weights = 1,
         icc = c(0.05, 0.2), cv_rows = 1, rows = 15, table = "2x2"),
  family("contrasts nested", "contrast", c("4x2", "8x2", "15x2", "4x5"), p = c(0.1, 0.4), icc = c(0.05, 0.2), cv_rows = 1,
         rows = 15, table = "2x2", how = "nested"),
  family("power", "power", c("4x2", "4x5", "15x2"), odds = 4, cv_weights = 0:1, rows = 12, table = "2x2"),
  family("power", "power", c("4x5", "15x2"), odds = 4, rows = 12, table = "2x2", how = "nested"),
  family("power", "power", "4x5", odds = 4, rows = 12, table = "3x2"),
  family("power", "power", c("4x5", "15x2"), odds = 12, rows = 12, table = "5x4")
))
# 5 x 4 nested has more groups than a stratum has PSUs
settings <- settings[!(settings$table == "5x4" & settings$how == "nested" & settings$design == "8x3"), ]
settings$number <- seq_len(nrow(settings))

# ---- lines for the program -------------------------------------------------------------------------------------------

numbers_of <- function(x) as.integer(strsplit(x, "x", fixed = TRUE)[[1L]])

# The proportions of strata whose mean is p.
stratum_proportions <- function(p, share, shift) {
  mean_at <- function(a) stats::weighted.mean(stats::plogis(a + shift), share) - p
  stats::plogis(stats::uniroot(mean_at, c(-14, 14), tol = 1e-12)$root + shift)
}

# Shares that rise with their number, and an association between scores of groups and answers: `odds` is that of the corners.
associated <- function(groups, answers, odds) {
  margin <- function(k) (seq_len(k) + 1) / sum(seq_len(k) + 1)
  p <- outer(margin(groups), margin(answers)) *
    odds^outer(seq(-0.5, 0.5, length.out = groups), seq(-0.5, 0.5, length.out = answers))
  for (i in 1:200) { # iterative proportional fitting
    p <- p * margin(groups) / rowSums(p)
    p <- t(t(p) * margin(answers) / colSums(p))
  }
  p
}

# Shares of the cells in strata: a matrix of a row each, answers fastest.
cell_shares <- function(s, share, shift) {
  size <- numbers_of(s$table)
  in_all <- function(p) matrix(t(p), length(share), prod(size), byrow = TRUE)
  if (s$what %in% c("test", "power")) return(in_all(associated(size[1L], size[2L], s$odds)))
  if (s$what == "contrast") {
    p <- c(s$p, if (s$p == 0.1) 0.25 else 0.6)
    return(in_all(c(0.4, 0.6) * cbind(p, 1 - p)))
  }
  p <- stratum_proportions(s$p, share, shift)
  if (size[1L] == 1L) cbind(p, 1 - p) else cbind(0.3 * p, 0.3 * (1 - p), 0.7 * p, 0.7 * (1 - p))
}

line_of <- function(s) {
  design <- numbers_of(s$design)
  over <- function(x) rep(x, length.out = design[1L])
  differ <- strsplit(s$differ, " ")[[1L]]
  by_stratum <- function(what, usual) {
    if (!identical(differ[1L], what)) return(over(usual))
    over(if (differ[2L] == "up") rising[[what]] else rev(rising[[what]]))
  }
  rows <- by_stratum("rows", s$rows)
  shares <- cell_shares(s, over(weights) * rows, by_stratum("shift", shifts))
  strata <- cbind(design[2L], over(weights), rows, by_stratum("icc", s$icc), s$group_icc, shares)
  figures <- function(x) format(x, digits = 15, trim = TRUE, scientific = FALSE)
  paste(s$number, samples, s$what, s$how, s$cv_rows, s$cv_weights, s$first_weight, paste(numbers_of(s$table), collapse = " "),
        design[1L], paste(figures(t(strata)), collapse = " "))
}

# ---- running ---------------------------------------------------------------------------------------------------------

columns <- c("number", "measure", "method", "samples", "used", "rate", "below", "above", "width", "known", "known_t",
             "variance_df", "df", "power", "power_equal", "variance")
run <- function(i) {
  file <- file.path(kept, settings$number[i])
  if (!file.exists(file) || file.mtime(file) < file.mtime(program)) {
    found <- system2(program, stdout = TRUE, input = line_of(settings[i, ]))
    if (!is.null(attr(found, "status"))) stop("setting ", i, ": the program failed")
    writeLines(found, file)
    cat(".")
  }
  NULL
}
chosen <- Sys.getenv("WEEG_FAMILIES")
chosen <- if (chosen == "") unique(settings$family) else strsplit(chosen, ",")[[1L]]
wanted <- which(settings$family %in% chosen)
wanted <- wanted[order((wanted * 7919) %% 10007)] # mixed, so that a run that is cut short has some of each family
cores <- as.integer(Sys.getenv("WEEG_CORES", if (.Platform$OS.type == "windows") "1" else parallel::detectCores()))
cat(length(wanted), "settings of", samples, "samples; a dot each\n")
failed <- vapply(parallel::mclapply(wanted, run, mc.cores = cores, mc.preschedule = FALSE), inherits, NA, what = "try-error")
if (any(failed)) stop("setting ", wanted[which(failed)[1L]], " failed")

files <- file.path(kept, settings$number)
found <- do.call(rbind, lapply(files[file.exists(files)], utils::read.csv, header = FALSE, col.names = columns))
table <- merge(settings, found, by = "number")
table <- table[order(table$number, table$measure, table$method), ]
utils::write.csv(table, "vignettes/few-psus.csv", row.names = FALSE, quote = FALSE)
cat("\nvignettes/few-psus.csv:", length(unique(table$number)), "settings\n")
