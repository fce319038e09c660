# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Completion of axl for bash: verbs from its own help, domains that exist now.

_axl() {
	local cur=${COMP_WORDS[COMP_CWORD]} verb='' i
	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		[[ ${COMP_WORDS[i]} == -* ]] || { verb=${COMP_WORDS[i]}; break; }
	done
	if [ -z "$verb" ]; then
		mapfile -t COMPREPLY < <(compgen -W "--json -v -f -N $(axl help 2> /dev/null |
			awk '/^ [a-z]/ {print $1}')" -- "$cur")
		return
	fi
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "--json $(axl help "$verb" 2> /dev/null |
			grep -oE -- '(^|[ ,])--?[a-zA-Z][a-z-]*' | tr -d ' ,')" -- "$cur")
		return
	fi
	case $verb in
	create | check | restore)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		;;
	export)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur"
			compgen -W "$(axl list 2> /dev/null | awk 'NR > 1 {print $1}')" -- "$cur")
		;;
	why | events)
		mapfile -t COMPREPLY < <(compgen -W "$(axl list 2> /dev/null | awk 'NR > 1 {print $1}'
			axl events 2> /dev/null | awk '{print $3}')" -- "$cur" | sort -u)
		;;
	domname)
		mapfile -t COMPREPLY < <(compgen -W "$(axl list 2> /dev/null |
			awk 'NR > 1 {print $2}')" -- "$cur")
		;;
	help)
		mapfile -t COMPREPLY < <(compgen -W "$(axl help 2> /dev/null |
			awk '/^ [a-z]/ {print $1}')" -- "$cur")
		;;
	cpupool-list | cpupool-destroy | cpupool-rename | cpupool-cpu-*)
		mapfile -t COMPREPLY < <(compgen -W "$(axl cpupool-list 2> /dev/null |
			awk 'NR > 1 {print $1}')" -- "$cur")
		;;
	set-parameters)
		compopt -o nospace
		mapfile -t COMPREPLY < <(compgen -W "$(axl set-parameters -l 2> /dev/null |
			sed 's/=.*/=/')" -- "$cur")
		;;
	cpupool-create)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		;;
	list | destroy | shutdown | reboot | pause | unpause | console | save | vcpu-* | uptime | \
		domid | rename | sysrq | dump-core | config-update | block-* | network-* | mem-* | balancer | \
		sched-credit2 | cpupool-migrate | channel-list)
		mapfile -t COMPREPLY < <(compgen -W "$(axl list 2> /dev/null |
			awk 'NR > 1 {print $1}')" -- "$cur")
		;;
	esac
}
complete -F _axl axl
