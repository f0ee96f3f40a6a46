# Plots are made, drawn, and show the numbers of the result.

skip_if_not_installed("ggplot2")

# what measures texts opens a device
grDevices::pdf(NULL)

d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
crosstab <- weeg_crosstab(d, strengths ~ provider)
shares <- prop.table(table(openvoorwerk$provider))
standardised <- weeg_standardise(d, strengths ~ ronde, by = ~provider, population = c(shares))

layer_values <- function(plot, i) ggplot2::layer_data(plot, i)

# Draws into nothing; warnings of ggplot2 fail the test.
expect_drawn <- function(x) {
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  drawing <- NULL
  expect_warning(drawing <- plot(x), NA)
  expect_s3_class(drawing, "ggplot")
}

test_that("every kind of result that has a plot can be drawn", {
  cases <- list(
    weeg_proportion(d, strengths ~ provider), weeg_proportion(d, ~ strengths), weeg_proportion(d, ~ strengths + growth),
    weeg_proportion(d, strengths ~ provider + ronde), weeg_proportion(d, strengths + growth ~ ronde),
    weeg_proportion(d, relapse_important ~ provider), weeg_proportion(d, knelpunt_banen ~ geslacht),
    crosstab, weeg_crosstab(d, strengths ~ provider, percent = "column"),
    weeg_crosstab(d, strengths ~ provider, percent = "total"), weeg_crosstab(d, gemeente ~ ronde),
    weeg_crosstab(d, strengths ~ provider + ronde), weeg_crosstab(d, relapse_important ~ provider),
    weeg_compare(d, strengths ~ provider, answers = "niet", measures = "difference"),
    weeg_compare(d, strengths ~ ronde, measures = "odds-ratio"),
    weeg_compare(d, strengths ~ ronde, measures = c("risk-ratio", "odds-ratio")),
    weeg_compare(d, strengths + growth ~ ronde, measures = "difference"), weeg_test(d, strengths ~ provider),
    weeg_total(d, ~ provider + ronde), weeg_weights(d), weeg_sensitivity(d, strengths ~ ronde),
    weeg_multiple(d, knelpunt_banen + knelpunt_leeftijd ~ ronde), weeg_multiple(d, ~ knelpunt_banen + knelpunt_leeftijd),
    weeg_multiple(d, knelpunt_banen + knelpunt_leeftijd ~ geslacht + ronde),
    weeg_association(d, strengths ~ provider), weeg_association(d, strengths + growth ~ ronde),
    weeg_decompose(d, strengths ~ ronde, by = ~provider), weeg_logistic(d, strengths ~ provider * ronde, answers = "niet"),
    standardised, weeg_logistic(d, strengths ~ provider + ronde), weeg_loglinear(d, ~ strengths * ronde + geslacht),
    weeg_shrink(d, strengths ~ gemeente, answers = "niet"), weeg_funnel(d, strengths ~ gemeente, answers = "niet"),
    weeg_shrink(d, strengths ~ organisatie), weeg_funnel(d, strengths + relapse ~ gemeente)
  )
  for (case in cases) expect_drawn(case)
})

test_that("bars are the percentages, in the order of groups and answers", {
  drawing <- ggplot2::autoplot(crosstab)
  bars <- layer_values(drawing, 1)
  widths <- matrix((bars$xmax - bars$xmin)[order(-bars$y, bars$xmin)], nrow = 5, byrow = TRUE)
  expect_equal(widths, matrix(crosstab$row$estimate, nrow = 5, byrow = TRUE))
  expect_length(unique(bars$fill), 4L)
  texts <- layer_values(drawing, 2)
  expect_identical(texts$label[order(-texts$y, texts$x)][1:4], c("50%", "22%", "18%", "9%"))
  names <- ggplot2::ggplot_build(drawing)$layout$panel_params[[1]]$y$get_labels()
  expect_identical(names[5], "werkplein (n\u00a0=\u00a0324)")
  expect_identical(levels(drawing$data$part), c("niet", "een beetje", "grotendeels", "helemaal"))
})

test_that("narrow parts have no figure", {
  drawing <- ggplot2::autoplot(weeg_crosstab(d, arbeidssituatie ~ provider))
  narrow <- drawing$data$estimate < 0.04
  expect_true(any(narrow))
  expect_identical(is.na(drawing$data$text), narrow)
})

test_that("groups without observations have no bar", {
  drawing <- ggplot2::autoplot(weeg_crosstab(subset(d, provider != "werkplein"), strengths ~ provider))
  expect_false(any(grepl("werkplein", drawing$data$bar)))
})

test_that("points and intervals are those of the result", {
  p <- weeg_proportion(d, strengths ~ provider)
  points <- layer_values(ggplot2::autoplot(p), 1)
  expect_setequal(round(points$x, 10), round(p$estimate, 10))
  expect_setequal(round(points$xmin, 10), round(p$conf.low, 10))
  x <- weeg_compare(d, strengths ~ provider, answers = "niet", measures = "difference")
  points <- layer_values(ggplot2::autoplot(x), 2)
  expect_equal(points$x[order(-points$y)], x$estimate)
  odds <- weeg_compare(d, strengths ~ ronde, measures = "odds-ratio")
  points <- layer_values(ggplot2::autoplot(odds), 2)
  expect_equal(10^points$x[order(-points$y)], odds$estimate)
})

test_that("plots say that the data are simulated", {
  for (x in list(crosstab, weeg_proportion(d, ~ strengths), weeg_compare(d, strengths ~ ronde, measures = "difference"))) {
    expect_match(ggplot2::autoplot(x)$labels$caption, "Open voor Werk (simulated)", fixed = TRUE)
  }
})

test_that("the conventions stand in the print alone", {
  expect_no_match(ggplot2::autoplot(crosstab)$labels$caption, "Conventions")
})

test_that("of differences and ratios, the differences are drawn, and it says so", {
  all <- weeg_compare(d, strengths ~ ronde)
  expect_message(drawing <- ggplot2::autoplot(all), "risk-ratio, odds-ratio")
  linear <- all[all$measure == "difference", ]
  expect_equal(sort(layer_values(drawing, 2)$x), sort(linear$estimate))
  needed <- weeg_compare(d, strengths ~ ronde, measures = "number-needed")
  expect_error(ggplot2::autoplot(needed), "no plot", class = "weeg_error_argument")
})

test_that("figures can be read on any fill: contrast of 4.5 at least", {
  # relative luminance by WCAG 2.1
  luminance <- function(colour) {
    part <- drop(grDevices::col2rgb(colour)) / 255
    sum(ifelse(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055)^2.4) * c(0.2126, 0.7152, 0.0722))
  }
  contrast <- function(a, b) {
    both <- sort(c(luminance(a), luminance(b)))
    (both[2] + 0.05) / (both[1] + 0.05)
  }
  fills <- list(NULL, ggplot2::scale_fill_grey(start = 0, end = 1), ggplot2::scale_fill_viridis_d(option = "magma"),
                ggplot2::scale_fill_manual(values = c("black", "white", "navy", "yellow")))
  for (fill in fills) {
    drawing <- ggplot2::autoplot(crosstab)
    if (!is.null(fill)) drawing <- suppressMessages(drawing + fill)
    texts <- layer_values(drawing, 2)
    expect_gte(min(mapply(contrast, texts$fill, texts$colour)), 4.5)
  }
})

test_that("titles keep acronyms and names as they are", {
  data <- openvoorwerk
  attr(data$ronde, "label") <- "ESS round"
  drawing <- ggplot2::autoplot(weeg_proportion(weeg_design(data, weights = ~gewicht), strengths ~ ronde))
  expect_match(drawing$labels$title, "by ESS round", fixed = TRUE)
})

test_that("intervals of models, decompositions and standardised figures are those of the result", {
  fit <- weeg_logistic(d, strengths ~ provider + ronde, answers = "niet")
  points <- layer_values(ggplot2::autoplot(fit), 2) # on a logarithmic axis, to base 10
  rows <- fit[fit$term != "(Intercept)", ]
  expect_equal(sort(points$x), sort(rows$estimate) / log(10))
  expect_equal(sort(points$xmax), sort(rows$conf.high) / log(10))
  effects <- weeg_loglinear(d, ~ strengths * ronde + geslacht)
  points <- layer_values(ggplot2::autoplot(effects), 2)
  expect_equal(sort(points$x), sort(effects$estimate))
  expect_equal(sort(points$xmin), sort(effects$conf.low))
  parts <- weeg_decompose(d, strengths ~ ronde, by = ~provider)
  points <- layer_values(ggplot2::autoplot(parts), 2)
  expect_equal(sort(points$x), sort(parts$estimate))
  whole <- weeg_standardise(d, ~strengths, by = ~provider, population = c(shares))
  drawing <- ggplot2::autoplot(whole)
  expect_equal(sort(layer_values(drawing, 1)$x), sort(whole$estimate))
  expect_identical(levels(drawing$data$place), levels(whole$level))
  drawing <- ggplot2::autoplot(standardised)
  expect_equal(sort(layer_values(drawing, 1)$x), sort(standardised$estimate))
  expect_equal(sort(layer_values(drawing, 2)$x), sort(standardised$crude))
  items <- weeg_multiple(d, knelpunt_banen + knelpunt_leeftijd ~ ronde)
  expect_equal(sort(layer_values(ggplot2::autoplot(items), 1)$x), sort(items$estimate))
})

test_that("a funnel shows each area's own figure, within the limits at its number of respondents", {
  f <- weeg_funnel(d, strengths ~ gemeente, answers = "niet")
  drawing <- ggplot2::autoplot(f)
  points <- layer_values(drawing, 3)
  expect_equal(points$y[order(points$x)], f$estimate[order(f$n.effective)])
  curves <- layer_values(drawing, 2)
  expect_equal(range(curves$y), range(f$outer.low, f$outer.high), tolerance = 1e-6)
  s <- weeg_shrink(d, strengths ~ gemeente, answers = "niet")
  expect_equal(sort(layer_values(ggplot2::autoplot(s), 1)$x), sort(s$estimate))
})

# ---- plots of every kind and size ------------------------------------------------------------------------------------

# The colours of a drawing's levels; no level has that of another.
level_colours <- function(drawing, aesthetic, levels) {
  scale <- ggplot2::ggplot_build(drawing)$plot$scales$get_scales(aesthetic)
  scale$map(levels)
}

test_that("every plot of the gallery fits on its page, without warnings, with texts apart and a text for the blind", {
  cases <- gallery(sizes = c(1, 12, 50), answers = c(2, 11))
  for (heading in names(cases)) {
    for (title in names(cases[[heading]])) {
      about <- paste(heading, title, sep = ": ")
      expect_warning(drawing <- suppressMessages(ggplot2::autoplot(cases[[heading]][[title]]())), NA, label = about)
      expect_warning(faults <- page_faults(drawing), NA, label = about)
      expect_identical(as.character(faults), character(), label = about)
      expect_gt(nchar(drawing$labels$alt), 40, label = about)
      for (levels in list(list("fill", drawing$data$part), list("colour", drawing$data$colour))) {
        if (is.null(levels[[2]])) next
        colours <- level_colours(drawing, levels[[1]], unique(as.character(levels[[2]])))
        expect_false(anyDuplicated(colours) > 0 || anyNA(colours), label = about)
      }
    }
  }
})

test_that("several questions by groups, lines, letters and pairs have texts apart, or are refused, on pages of two sizes", {
  drawn <- 0
  for (questions in c(1, 3, 6)) {
    for (groups in if (questions == 1) 5 else c(1, 2, 5, 8)) {
      design <- gallery_questions(questions, groups)
      several <- groups > 2 && questions == 3
      p <- weeg_proportion(design, questions_by(questions, "group"))
      cases <- list(
        proportion = function(page) ggplot2::autoplot(p, page = page),
        time = if (questions < 6 && groups %in% c(1, 5)) {
          lines <- weeg_proportion(design, questions_by(questions, "group + jaar"))
          function(page) ggplot2::autoplot(lines, page = page, over = "jaar")
        },
        letters = if (several) {
          letters <- weeg_letters(weeg_compare(design, questions_by(questions, "group"), measures = "difference"))
          function(page) ggplot2::autoplot(letters, page = page)
        },
        pairs = if (several) {
          pairs <- weeg_compare(design, questions_by(questions, "group"), measures = "difference")
          function(page) ggplot2::autoplot(pairs, page = page)
        }
      )
      for (name in names(Filter(Negate(is.null), cases))) {
        for (page in list(c(7, 5), c(5, 4))) {
          about <- paste(name, questions, "questions", groups, "groups", paste(page, collapse = " by "))
          drawing <- tryCatch(cases[[name]](page), weeg_error_argument = identity)
          if (inherits(drawing, "condition")) {
            expect_match(conditionMessage(drawing), "could not be read", label = about)
            expect_gte(questions * max(groups, 4), 8, label = about)
            next
          }
          expect_identical(as.character(page_faults(drawing, page[1], page[2])), character(), label = about)
          # an axis of one number has no scale
          numbers <- lapply(ggplot2::ggplot_build(drawing)$layout$panel_params, function(panel) {
            length(stats::na.omit(panel[[if (name == "time") "y" else "x"]]$get_labels()))
          })
          expect_gte(min(unlist(numbers)), 2, label = about)
          drawn <- drawn + 1
        }
      }
    }
  }
  expect_gt(drawn, 20)
})

test_that("questions are laid out by what can be read, and each figure stays with its question, answer and group", {
  at <- function(questions, groups, page = c(7, 5)) {
    p <- weeg_proportion(gallery_questions(questions, groups), questions_by(questions, "group"))
    list(p = p, frame = ggplot2::autoplot(p, page = page)$data)
  }
  text <- as.character
  panels <- at(3, 2)
  expect_identical(text(panels$frame$panel), paste0(panels$p$outcome, ": ", panels$p$level))
  expect_identical(text(panels$frame$place), text(panels$p$group))
  rows <- at(6, 2)
  expect_identical(text(rows$frame$block), rows$p$outcome)
  expect_identical(text(rows$frame$panel), text(rows$p$level))
  expect_identical(text(rows$frame$place), text(rows$p$group))
  colours <- at(3, 2, c(5, 4))
  expect_identical(text(colours$frame$panel), colours$p$outcome)
  expect_identical(text(colours$frame$place), text(colours$p$level))
  expect_identical(text(colours$frame$colour), text(colours$p$group))
  for (one in list(panels, rows, colours)) expect_identical(one$frame$estimate, one$p$estimate)
})

test_that("labels of an axis that would touch are left out, and those that run into the next panel", {
  long <- function(text) rep(10, length(text))
  apart <- function(points, gap = 20, limits = c(-5, 105)) {
    weeg:::apart_breaks(function(limits) c(0, 25, 50, 75, 100), paste, points, gap, long)(limits)
  }
  expect_identical(apart(200), c(0, 25, 50, 75, 100))
  expect_identical(apart(40), c(0, 50, 100))
  expect_identical(apart(24), c(0, 100))
  expect_identical(apart(22, gap = 0), 25)
  expect_identical(apart(200, gap = 0, c(0, 100)), c(25, 50, 75))
  expect_identical(weeg:::apart_breaks(function(limits) c(1, 10, 100), paste, 30, 20, long, TRUE)(c(1, 100)), c(1, 10, 100))
})

test_that("a page that is too small is an error that says so; a larger one has larger names", {
  areas <- weeg_proportion(gallery_design(50, 11), answer ~ group)
  expect_error(ggplot2::autoplot(areas, page = c(7, 3.5)), "could not be read", class = "weeg_error_argument")
  size <- function(page) ggplot2::autoplot(areas, page = page)$theme$axis.text.y$size
  expect_gt(size(c(9, 14)), 1.5 * size(c(7, 5)))
  expect_identical(page_faults(ggplot2::autoplot(areas, page = c(9, 14)), 9, 14), character())
  expect_error(ggplot2::autoplot(areas, page = 7), "`page`", class = "weeg_error_argument")
})

test_that("names of areas are all there, each once, where they are shortened too", {
  for (make in list(weeg_crosstab, weeg_proportion)) {
    drawing <- ggplot2::autoplot(make(gallery_design(50, 5), answer ~ group))
    panels <- ggplot2::ggplot_build(drawing)$layout$panel_params
    folded <- inherits(drawing$facet, "FacetWrap") && "fold" %in% names(drawing$facet$params$facets)
    names <- unlist(lapply(panels[if (folded) 1:2 else 1], function(panel) panel$y$get_labels()))
    expect_length(stats::na.omit(names), 50)
    expect_false(anyDuplicated(stats::na.omit(names)) > 0)
  }
})

test_that("shortened names stay different, and say what they can", {
  expect_identical(weeg:::shorten_middle(c("abc", "Alphen aan den Rijn Noord"), 13), c("abc", "Alphe...Noord"))
  # the ends are the same, the beginnings too
  texts <- paste("de gemeente", c("Alkmaar, Noord", "Almelo, Noord", "Almere, Noord"), "en de buurt")
  for (chars in c(12, 20, 25)) {
    short <- weeg:::shorten_middle(texts, chars)
    expect_false(anyDuplicated(short) > 0)
    expect_lte(max(nchar(short)), chars)
  }
})

test_that("groups against one other have its name in the title alone", {
  pairs <- weeg_compare(d, strengths ~ provider, answers = "niet", measures = "difference", against = "rest")
  drawing <- ggplot2::autoplot(pairs)
  expect_match(drawing$labels$title, "against rest", fixed = TRUE)
  expect_identical(levels(drawing$data$place), unique(pairs$group1))
})

test_that("tiles without room for figures keep the signs of what is too imprecise", {
  towns <- weeg_crosstab(d, gemeente ~ ronde)
  drawing <- ggplot2::autoplot(towns)
  expect_setequal(layer_values(drawing, 2)$label, c("*", "**"))
  expect_identical(sum(layer_values(drawing, 2)$label == "**"), sum(towns$row$reliability == "suppress"))
  # on a large page the figures themselves
  expect_true(any(grepl("%", layer_values(ggplot2::autoplot(towns, page = c(8, 11)), 2)$label)))
})

test_that("estimates that the NCHS standards would not show have a sign, and a legend says which", {
  p <- weeg_proportion(gallery_design(12, 5), answer ~ group)
  drawing <- ggplot2::autoplot(p)
  points <- layer_values(drawing, 2)
  known <- !is.na(p$estimate)
  expect_gt(sum(p$reliability %in% "suppress"), 10)
  expect_identical(sum(points$shape == 4 & !is.na(points$x)), sum(p$reliability[known] %in% "suppress"))
  expect_identical(sum(points$shape == 21 & !is.na(points$x)), sum(p$reliability[known] %in% "review"))
  shapes <- ggplot2::ggplot_build(drawing)$plot$scales$get_scales("shape")
  expect_true("too imprecise to publish" %in% shapes$get_labels())
  x <- weeg_crosstab(gallery_design(12, 5), answer ~ group)
  bars <- ggplot2::autoplot(x)
  bad <- bars$data$verdict == "suppress" & !is.na(bars$data$text)
  expect_true(all(grepl("[*][*]$", bars$data$text[bad])) && any(bad))
  expect_false(any(grepl("[*]", bars$data$text[bars$data$verdict == "show"])))
  expect_match(bars$labels$caption, "** too imprecise to publish", fixed = TRUE)
  # parts too narrow for a figure: beside the name of their bar
  narrow <- unique(bars$data$bar[bars$data$verdict == "suppress" & is.na(bars$data$text)])
  names <- ggplot2::ggplot_build(bars)$layout$panel_params[[1]]$y$get_labels()
  for (bar in as.character(narrow)) expect_true(any(startsWith(gsub("\n", " ", names), bar) & endsWith(names, "**")), label = bar)
  # with precise ones alone there is no legend
  fine <- ggplot2::autoplot(weeg_proportion(d, ~ strengths))
  expect_identical(ggplot2::ggplot_build(fine)$plot$scales$get_scales("shape")$guide, "none")
})

test_that("plots of protected results show what is known, and say what is not", {
  skip_if_not_installed("lpSolve")
  design <- gallery_design(4, 5)
  x <- weeg_protect(design, weeg_crosstab(design, answer ~ group))
  hidden <- is.na(x$row$estimate)
  drawing <- ggplot2::autoplot(x)
  bars <- layer_values(drawing, 1)
  # every bar has all its length, and the known parts theirs
  expect_equal(unname(c(tapply(bars$xmax, as.integer(bars$y), max))), rep(1, 4))
  known <- drawing$data[!drawing$data$hidden, ]
  expect_equal(sort(known$estimate), sort(x$row$estimate[!hidden]))
  expect_true(all(bars$fill[drawing$data$hidden] == "#E3E3E3"))
  p <- weeg_protect(design, weeg_proportion(design, answer ~ group))
  drawing <- ggplot2::autoplot(p)
  said <- layer_values(drawing, 3)$label
  expect_identical(sum(said %in% "not shown"), sum(is.na(p$estimate)))
})

test_that("a test is drawn in the distribution of its statistic; mixtures and several tests as p-values", {
  one <- weeg_test(d, strengths ~ provider, method = "rao-scott-f")
  drawing <- ggplot2::autoplot(one)
  curve <- layer_values(drawing, 3)
  expect_equal(curve$y, stats::df(curve$x, one$num.df, one$den.df), tolerance = 1e-6)
  marks <- layer_values(drawing, 4)
  expect_equal(marks$x, c(stats::qf(0.95, one$num.df, one$den.df), one$statistic))
  several <- weeg_test(d, strengths + growth + relapse ~ ronde)
  points <- layer_values(ggplot2::autoplot(several), 2)
  expect_equal(10^points$x, pmax(several$p.value, 1e-6))
  for (method in c("lincom", "rao-scott-exact")) {
    mixture <- weeg_test(d, strengths ~ ronde, method = method)
    expect_equal(10^layer_values(ggplot2::autoplot(mixture), 2)$x, mixture$p.value)
  }
})

test_that("a test without a p-value is drawn, and says so within the panel", {
  few <- data.frame(x = 1:6, y = rep_len(c("u", "v"), 6L), z = rep_len(c("v", "u"), 6L), g = rep(c("a", "b"), each = 3L))
  few <- weeg_design(transform(few, u = y == "u", v = z == "u", c = g), cluster = ~c)
  tests <- list(weeg_test(few, y ~ g), weeg_test(few, x ~ g, method = "mean"), weeg_test(few, y ~ g, answers = "u"),
    weeg_item_tests(weeg_multiple(few, u + v ~ g)))
  for (x in tests) {
    expect_true(all(is.na(x$p.value)))
    expect_drawn(x)
    plot <- ggplot2::autoplot(x)
    said <- Filter(function(i) "no estimate" %in% layer_values(plot, i)$label, seq_along(plot$layers))
    expect_length(said, 1L)
    expect_true(all(is.finite(layer_values(plot, said)$x)))
  }
})

test_that("totals are drawn from 0, weights with their median, letters beside their groups, all pairs as a square", {
  totals <- weeg_total(d, ~provider)
  expect_equal(layer_values(ggplot2::autoplot(totals), 2)$x, totals$estimate)
  w <- weeg_weights(d)
  expect_identical(layer_values(ggplot2::autoplot(w), 2)$xintercept, w$median) # bars: test-weights.R
  letters <- weeg_letters(weeg_compare(d, strengths ~ provider, answers = "niet", measures = "difference"))
  expect_setequal(trimws(layer_values(ggplot2::autoplot(letters), 3)$label), letters$letters)
  pairs <- weeg_compare(gallery_design(12, 2), answer ~ group, answers = "ja", measures = "difference")
  square <- ggplot2::autoplot(pairs)
  expect_identical(nrow(square$data), 132L)
  at <- square$data$y == pairs$group1[7] & square$data$x == pairs$group2[7]
  expect_equal(square$data$value[at], pairs$estimate[7])
  expect_identical(sum(square$data$dot), 2L * sum(pairs$p.adjusted < 0.05))
})

test_that("what has no plot says what to plot", {
  study <- weeg_study(openvoorwerk, system.file("extdata", "openvoorwerk-codebook.csv", package = "weeg"))
  cases <- list(d, weeg_tally(d, ~ronde), study, weeg_audit(published$tables, n = 1582),
                weeg_section(study, "needs", threshold = NULL))
  for (case in cases) expect_error(plot(case), "has no plot\\.\n", class = "weeg_error_unsupported")
  compared <- weeg_compare(d, strengths ~ provider, measures = "difference")
  for (x in list(weeg_proportion(d, strengths ~ ronde), compared, weeg_letters(compared), weeg_test(d, strengths ~ ronde))) {
    expect_error(plot(x[0L, ]), "nothing to plot: the result has no rows", class = "weeg_error_argument")
  }
})

test_that("every class of result has a plot method", {
  classes <- names(weeg:::needed_columns)
  methods <- vapply(classes, function(class) {
    !is.null(utils::getS3method("autoplot", class, optional = TRUE, envir = asNamespace("ggplot2")))
  }, NA)
  expect_identical(classes[!methods], character())
})

invisible(grDevices::dev.off())
