#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# title: racoon: hook scripts, and racoonctl that waits for a tunnel
# shellcheck source=tests/lib/lab.sh
. "$(dirname "$0")/../lib/lab.sh"
# shellcheck source=tests/lib/racoon.sh
. "$XT_TOP/tests/lib/racoon.sh"

hook_conf() {	# HOST PEER
	local d
	d=$(rc_dir "$1")
	cat > "$d/scripts/hook" <<-END
		#!/bin/sh
		echo "\$1 \$LOCAL_ADDR \$REMOTE_ADDR \$REMOTE_ID" >> $d/hooks
	END
	chmod 700 "$d/scripts/hook"
	rc_conf "$1" <<-END
		remote $2 {
			exchange_mode main;
			script "hook" phase1_up;
			script "hook" phase1_down;
			proposal {
				encryption_algorithm aes;
				hash_algorithm sha256;
				authentication_method pre_shared_key;
				dh_group 19;
			}
		}
		sainfo anonymous {
			encryption_algorithm aes;
			authentication_algorithm hmac_sha256;
			compression_algorithm deflate;
		}
	END
	rc_psk "$1" "$2" "a key for hooks"
}

net_hosts || exit 1
hook_conf a 10.1.0.2
hook_conf b 10.1.0.1
expect "a starts" rc_start a
expect "b starts" rc_start b
expect "establish-sa -w" ctl a establish-sa -w isakmp inet 10.1.0.1 10.1.0.2
rc_stop a
expect "b hears of the end" wait_for 10 grep -qs phase1_down "$XT_TMP/b/hooks"
rc_stop b
expect "hooks of a" cmp "$XT_TMP/a/hooks" - <<-END
	phase1_up 10.1.0.1 10.1.0.2 10.1.0.2
	phase1_down 10.1.0.1 10.1.0.2 10.1.0.2
END
expect "hooks of b" cmp "$XT_TMP/b/hooks" - <<-END
	phase1_up 10.1.0.2 10.1.0.1 10.1.0.1
	phase1_down 10.1.0.2 10.1.0.1 10.1.0.1
END
finish
