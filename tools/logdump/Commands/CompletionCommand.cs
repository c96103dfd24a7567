using System.CommandLine;

namespace RaftEngine.LogDump.Commands;

/// <summary><c>logdump completion SHELL</c>: a script that makes the shell ask logdump itself what may come next.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # source <(logdump completion bash)
        _logdump() {
          local IFS=$'\n' current="${COMP_WORDS[COMP_CWORD]}"
          COMPREPLY=($(compgen -W "$(logdump "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "$current"))
          [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -d -- "$current"))
        }
        complete -o filenames -F _logdump logdump
        """;

    private const string Zsh = """
        # source <(logdump completion zsh)
        _logdump() {
          local -a found
          found=("${(@f)$(logdump "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
          compadd -- $found
          _files -/
        }
        compdef _logdump logdump
        """;

    private const string PowerShell = """
        # logdump completion pwsh | Out-String | Invoke-Expression
        Register-ArgumentCompleter -Native -CommandName logdump -ScriptBlock {
          param($word, $line, $position)
          logdump "[suggest:$position]" "$line" | Where-Object { $_ -like "$word*" } | ForEach-Object {
            [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
          }
        }
        """;

    public static Command Create()
    {
        Argument<string> shell = new("SHELL") { Description = "The shell." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "pwsh");
        Command command = new("completion", "Writes a script with which a shell completes commands, options and their values.") { shell };
        command.SetAction(parsed =>
        {
            string script = parsed.GetRequiredValue(shell) switch
            {
                "bash" => Bash,
                "zsh" => Zsh,
                _ => PowerShell,
            };
            parsed.InvocationConfiguration.Output.Write(script + "\n");
            return ExitCodes.Clean;
        });
        return command;
    }
}
