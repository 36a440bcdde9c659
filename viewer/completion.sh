#!/bin/sh
# SPDX-License-Identifier: MIT
# completion.sh PROGRAM TABLE [FILTER-FIELDS|VERBS]: writes the bash completion of a
# program from the table of its options (options.def, diff_options.def or
# config_flags.def), so that it never knows other options than the program.
# What an argument is called in the table says what completes it.
set -eu
program=$1
table=$2
fields=${3:-}

# One line per option: long name, letter or -, name of the argument or -.
options() {
	sed -nE \
		-e "s/^OPTION\([A-Z_]+, \"([^\"]+)\", (0|'(.)'), (NULL|\"([^\"]+)\"),.*/\1 -\3 -\5/p" \
		-e 's/^FLAG\("([^"]+)", (NULL|"([^"]+)"),.* (-[a-z]) for short.*/\1 \4 -\3/p; t' \
		-e 's/^FLAG\("([^"]+)", (NULL|"([^"]+)"),.*/\1 - -\3/p' "$table"
}

# The words of --ctl.
verbs() {
	sed -nE 's/^VERB\("([^"]+)",.*/\1/p' "$fields" | tr '\n' ' '
}

# The word list or command that completes an argument of that name.
values() {
	case $1 in
	*FILE*) echo 'compgen -f -- "$cur"' ;;
	SOCKET) echo 'compgen -f -W default -- "$cur"' ;;
	*DIR*) echo 'compgen -d -- "$cur"' ;;
	WHEN) echo 'compgen -W "always never auto" -- "$cur"' ;;
	HOW) echo 'compgen -W "name request" -- "$cur"' ;;
	NAME) test "$program" = frebview && echo 'compgen -W "default light dark mono" -- "$cur"' || echo : ;;
	EXPR) echo "compgen -W \"$(sed -nE 's/^FIELD\(([a-z]+),.*/\1/p' "$fields" | tr '\n' ' ')data.\" -- \"\$cur\"" ;;
	*\|*) echo "compgen -W \"$(echo "$1" | tr '|' ' ')\" -- \"\$cur\"" ;;
	*) echo : ;;
	esac
}

cat <<END
# bash completion of $program, made from $(basename "$table")
_$program()
{
	local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}

	COMPREPLY=()
	# --option=value comes as three words.
	if [[ \$cur == = ]]; then
		cur=
	elif [[ \$prev == = && \$COMP_CWORD -ge 2 ]]; then
		prev=\${COMP_WORDS[COMP_CWORD-2]}
	fi
	case \$prev in
END
options | while read -r name letter argument; do
	argument=${argument#-}
	case $argument in '') continue ;; \[*) test -n "$argument" || continue ;; esac
	names="--$name"
	test "$letter" = - || names="$names|$letter"
	case $argument in
	\[*) printf '\t--%s) [[ ${COMP_WORDS[COMP_CWORD]} == = || ${COMP_WORDS[COMP_CWORD-1]} == = ]] && {\n' "$name"
		printf '\t\tmapfile -t COMPREPLY < <(%s); return; } ;;\n' "$(values "$argument")" ;;
	*) printf '\t%s) mapfile -t COMPREPLY < <(%s); return ;;\n' "$names" "$(values "$argument")" ;;
	esac
done
cat <<END
	esac
	if [[ \$cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(options | while read -r name letter _; do
			printf -- '--%s ' "$name"
			test "$letter" = - || printf '%s ' "$letter"
		done)" -- "\$cur")
$(test "$program" != frebproxy || printf '\telif [[ " ${COMP_WORDS[*]} " == *" --ctl"* ]]; then\n%s\n' "$(
		printf '\t\tmapfile -t COMPREPLY < <(compgen -W "%s" -- "$cur")' "$(verbs)")")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "\$cur")
	fi
}
complete -o filenames -F _$program $program
END
