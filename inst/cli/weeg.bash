# bash completion for weeg
_weeg() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} values=
  local commands="proportion total mean ratio quantile crosstab book test compare association multiple item-tests battery logistic loglinear loglinear-tests"
  commands+=" standardise decompose tally merge describe pspp"
  COMPREPLY=()
  case $before in
    help) [ "$COMP_CWORD" != 2 ] || values=$commands ;;
    --interval) values="beta-nchs logit wald wilson beta clopper-pearson arcsine agresti-coull jeffreys log" ;;
    --rule) values="math school hf4 hf5 hf6 hf7 hf8 hf9" ;;
    --limits) values="test woodruff" ;;
    --percent) values="row column total" ;;
    --method)
      values="rao-scott-f rao-scott-chisq wald adjusted-wald rao-scott-lr saddlepoint lincom rao-scott-deff rao-scott-exact rao-scott-effective"
      values+=" wilcoxon kruskal-wallis van-der-waerden median trend mean"
      ;;
    --proportions) values="observed null" ;;
    --measures)
      values="difference risk-ratio odds-ratio number-needed mean-difference mean-ratio cramers-v cramers-v-corrected gamma tau-b somers-d kappa"
      values+=" kappa-linear kappa-quadratic"
      ;;
    --against) values="total rest previous first" ;;
    --contrasts) values="trend" ;;
    --adjust) values="holm hochberg BH bonferroni none" ;;
    --base) values="respondents any responses" ;;
    --coding) values="items categories" ;;
    --unnamed) values="blank" ;;
    --missing) values="domain omit level" ;;
    --na-weights) values="fail omit" ;;
    --pps) values="brewer overton hartley-rao poisson" ;;
    --lonely) values="fail remove certainty adjust average" ;;
    --type) values="brr fay jk1 jkn jk2 bootstrap sdr acs other" ;;
    --calibrate) values="linear raking logit" ;;
    --make-replicates) values="jkn jk1 brr fay rao-wu preston" ;;
    --conventions) values="weeg survey sas stata sudaan nchs" ;;
    --on-error) values="fail skip" ;;
    --encoding) values="UTF-8 windows-1252" ;;
    --language) values="en nl" ;;
    --format | -f) values="text csv json markdown html xlsx" ;;
  esac
  if [ -z "$values" ] && [[ $word == -* ]]; then
    values="--weights --na-weights --strata --cluster --fpc --pps --panel --nest --lonely --lonely-domain --domain --conventions --missing --delimiter"
    values+=" --repweights --type --no-combined --rho --scale --rscales --mse --no-mse --make-replicates --replicates --seed"
    values+=" --df --margins --calibrate --bounds"
    values+=" --decimal --thousands --na --encoding --on-error --no-header --skip-before --skip-after --text --levels"
    values+=" --rows --columns --title --probs --rule --limits --interval --level --percent --total --method --given --p --proportions --measures --pairs"
    values+=" --answers --net --filters --means --positive --neutral --sort --adjust-for --threshold --sender --by --population --per --against --against-n --contrasts --adjust --sets --yes --unnamed --coding --separator --labels --base --format --output --language --threads --help --version"
  elif [ -z "$values" ] && [ "$COMP_CWORD" = 1 ]; then
    values="$commands help"
  fi
  if [ -n "$values" ]; then
    mapfile -t COMPREPLY < <(compgen -W "$values" -- "$word")
  else
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
  fi
}
complete -F _weeg weeg
