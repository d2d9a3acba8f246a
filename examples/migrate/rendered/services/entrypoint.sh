#!/bin/sh
# Rendered by stackctl. Reads secrets from their files into variables, then becomes the program.
#
# STACKCTL_SECRET_ENV holds `NAME=PATH` for each, with spaces between. A value is the file's text to the byte; the
# file of a secret of one line has no newline.
set -eu

for _stackctl_entry in ${STACKCTL_SECRET_ENV:-}; do
    _stackctl_name=${_stackctl_entry%%=*}
    _stackctl_path=${_stackctl_entry#*=}
    if [ ! -r "$_stackctl_path" ]; then
        echo "error: the secret for $_stackctl_name can't be read from $_stackctl_path as user $(id -u)" >&2
        echo "hint: type \`stackctl up\` on the host, which writes the files of secrets again" >&2
        exit 1
    fi
    # The `x` keeps the newlines that the shell would cut off the end.
    _stackctl_value=$(cat -- "$_stackctl_path" && printf x)
    export "$_stackctl_name=${_stackctl_value%x}"
done
unset STACKCTL_SECRET_ENV _stackctl_entry _stackctl_name _stackctl_path _stackctl_value

exec "$@"
