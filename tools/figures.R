# Rscript tools/figures.R
# Draws the pictures of README.md with the installed package.

library(weeg)

design <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
dir.create("man/figures", showWarnings = FALSE)
ggplot2::ggsave("man/figures/README-strengths.png", ggplot2::autoplot(weeg_crosstab(design, strengths ~ provider)),
                width = 8, height = 4.2, dpi = 120, bg = "white")
