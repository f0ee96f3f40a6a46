# How many instructions ten fixed jobs take, by valgrind's callgrind, compared with bench/instructions.csv. Unlike seconds they
# are the same however busy the machine is, so that 3 % more than in the table is an error. `make bench` runs this.
#
# Rscript bench/instructions.R [--renew]; it wants build/cli/weeg and the package. --renew writes the table: do it with a change
# that is meant, and say in its commit why a line rose. Counts are those of one processor and compiler: on others, renew it first,
# on the state before the change.
#
# Hashes are secret, so that counts vary a little: the least of a few runs is taken. A job in R is done once, and some more times
# in another process: the difference is that of the calls, without the start of R.

if (!nzchar(Sys.which("valgrind"))) stop("valgrind is not installed: tools/install-deps.sh bench")
renew <- "--renew" %in% commandArgs(TRUE)
table_path <- "bench/instructions.csv"
most <- 1.03

folder <- tempfile("instructions")
dir.create(folder)
in_folder <- function(name) file.path(folder, name)

# ---- data ------------------------------------------------------------------------------------------------------------

set.seed(20132)
rows <- 200000L
psu <- sample.int(500L, rows, TRUE)
people <- data.frame(
  id = seq_len(rows), w = round(runif(rows, 0.5, 3), 6), psu = psu, stratum = (psu - 1L) %/% 10L + 1L,
  group = sample(c("werkplein", "sociale dienst", "re-integratie", "dagbesteding"), rows, TRUE),
  answer = sample(c("niet", "een beetje", "grotendeels", "helemaal"), rows, TRUE)
)
data.table::fwrite(people, in_folder("people.csv"))
write.csv(people[1:50000, ], in_folder("quoted.csv"), row.names = FALSE)
labelled <- people[1:50000, ]
for (name in c("group", "answer")) labelled[[name]] <- factor(labelled[[name]])
haven::write_sav(labelled, in_folder("people.sav"))
data.table::fwrite(weeg::openvoorwerk, in_folder("openvoorwerk.csv"))

# ---- jobs ------------------------------------------------------------------------------------------------------------

sample_of <- c("-w", "w", "-s", "stratum", "-c", "psu", "--threads", "1")
small <- c(in_folder("openvoorwerk.csv"), "-w", "gewicht", "-c", "gemeente", "--threads", "1")
programs <- list(
  "crosstab of CSV" = c("crosstab", in_folder("people.csv"), shQuote("answer ~ group"), sample_of),
  "crosstab of quoted CSV" = c("crosstab", in_folder("quoted.csv"), shQuote("answer ~ group"), sample_of),
  "crosstab of SPSS file" = c("crosstab", in_folder("people.sav"), shQuote("answer ~ group"), sample_of),
  "mean of CSV" = c("mean", in_folder("people.csv"), shQuote("w ~ group"), "-s", "stratum", "-c", "psu", "--threads", "1"),
  "proportion, small" = c("proportion", small[1L], shQuote("strengths ~ provider"), small[-1L]),
  "book, small" = c("book", small[1L], "--rows", shQuote("strengths + growth + relapse"), "--columns",
                    shQuote("provider + geslacht"), small[-1L])
)
start <- paste("suppressPackageStartupMessages(library(weeg)); options(weeg.threads = 1L)",
               "d <- weeg_design(openvoorwerk, weights = ~gewicht, cluster = ~gemeente)",
               "x <- weeg_crosstab(d, strengths ~ provider)", sep = "; ")
calls <- c(
  "weeg_crosstab()" = "weeg_crosstab(d, strengths ~ provider)",
  "weeg_proportion()" = "weeg_proportion(d, strengths ~ provider)",
  "weeg_test()" = "weeg_test(d, strengths ~ provider)",
  "print of a cross-tab" = "capture.output(print(x))"
)

# ---- counts ----------------------------------------------------------------------------------------------------------

# SPSS files are read in a process of their own, which is ended when it has said all: its count is written before
counted <- function(command, arguments) {
  counts <- tempfile("counts", folder)
  options <- c("--tool=callgrind", "--dump-after=readstat_parse_sav", paste0("--callgrind-out-file=", counts, ".%p"))
  said <- suppressWarnings(system2("valgrind", c(options, command, arguments), stdout = TRUE, stderr = TRUE))
  files <- list.files(folder, paste0("^", basename(counts)), full.names = TRUE)
  lines <- unlist(lapply(files, function(file) grep("^totals: ", readLines(file, warn = FALSE), value = TRUE)))
  unlink(files)
  failed <- attr(said, "status")
  if (!is.null(failed) || length(lines) == 0L) stop(paste(c("valgrind failed:", utils::tail(said, 10L)), collapse = "\n"))
  sum(as.double(sub("^totals: *", "", lines)))
}

of_program <- function(arguments) min(vapply(1:3, function(run) counted("build/cli/weeg", arguments), 0))

# R by its own program, not the shell script before it; the first calls fill caches
of_call <- function(call, times = 10L) {
  Sys.setenv(R_HOME = R.home(), LD_LIBRARY_PATH = paste(c(R.home("lib"), Sys.getenv("LD_LIBRARY_PATH")), collapse = ":"))
  once <- function(turns) {
    code <- sprintf("%s; for (turn in seq_len(%dL)) invisible(%s)", start, turns, call)
    code <- shQuote(gsub(" ", "~+~", code, fixed = TRUE))
    counted(file.path(R.home("bin"), "exec", "R"), c("--vanilla", "--no-echo", "-e", code))
  }
  least <- function(turns) min(vapply(1:2, function(run) once(turns), 0))
  (least(2L + times) - least(2L)) / times
}

cat("\nInstructions, millions\n")
before <- if (file.exists(table_path)) utils::read.csv(table_path) else data.frame(job = character(), millions = double())
found <- data.frame(job = c(names(programs), names(calls)), millions = NA_real_)
for (k in seq_len(nrow(found))) {
  job <- found$job[k]
  count <- if (job %in% names(programs)) of_program(programs[[job]]) else of_call(calls[[job]])
  found$millions[k] <- round(count / 1e6, 3)
  was <- before$millions[match(job, before$job)]
  per_byte <- if (job == "crosstab of CSV") sprintf(", %.1f a byte", count / file.size(in_folder("people.csv"))) else ""
  cat(sprintf("  %-24s %10.3f  in the table %10.3f: %.3f%s\n", job, found$millions[k], was, found$millions[k] / was, per_byte))
}
unlink(folder, recursive = TRUE)
if (renew) {
  utils::write.csv(found, table_path, row.names = FALSE, quote = 1L) # names have commas
} else {
  was <- before$millions[match(found$job, before$job)]
  worse <- found$job[is.na(was) | found$millions > most * was]
  if (length(worse)) stop("more instructions than in ", table_path, ", or not there: ", paste(worse, collapse = ", "),
                          "\n  Mend it, or renew the table: Rscript bench/instructions.R --renew")
}
