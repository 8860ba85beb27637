using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Xunit;

namespace NetGuard.Tests.Faults;

/// <summary>Every fault that the field has seen, and the test that meets it. The README counts these.</summary>
public class FaultTable
{
    public static TheoryData<string, string> Faults => new()
    {
        { "reading: a tool is missing", "InstalledToolsTests.WithoutIptablesACommandSaysWhatToInstall" },
        { "reading: a tool vanishes and comes back", "ToolFaultTests.ToolsThatVanishAndComeBackAreSaidToBeMissingAndTheGuardGoesOn" },
        { "reading: a tool hangs", "ToolFaultTests.AToolThatHangsIsKilledWithItsChildrenAndTheDaemonGoesOn" },
        { "reading: a tool fails, is killed, prints half, nothing, noise or lies", "ToolFaultTests.AToolThatFailsOnceIsTriedAgain" },
        { "reading: a tool goes on doing so", "ToolFaultTests.AToolThatGoesOnFailingIsReportedAndHarmsNobody" },
        { "reading: a tool prints for ever", "ToolFaultTests.AToolThatNeverStopsTalkingIsCutShort" },
        { "reading: output cut off anywhere", "RulesetParserTests.ATextThatIsCutOffNeverMakesATableSmaller" },
        { "reading: 'incompatible' on standard output with exit 0", "RulesetParserTests.AnIncompatibleTableIsNotReadEvenWhereItIsListed" },
        { "reading: torn by a commit", "NftShortcutTests.ACommitBetweenReadingAndWritingIsNoticedAndNothingWritten" },
        { "reading: fails once", "ReconcilerTests.AReadThatFailsOnceIsTriedAgain" },
        { "reading: goes on failing", "ReconcilerTests.AFailedReadIsUnreadableAndNothingIsWritten" },
        { "writing: a line that the kernel does not take", "ReconcilerTests.ARuleThatTheKernelRefusesWithoutNamingALineKeepsNoOtherOut" },
        { "writing: an ipset is gone", "ReconcilerTests.ARuleWhoseSetIsGoneIsUnavailableAndKeepsNoOtherOut" },
        { "writing: a rule vanishes between read and write", "ReconcilerTests.ARuleThatVanishesBetweenReadAndWriteIsNoMatter" },
        { "writing: a chain appears between read and write", "ReconcilerTests.AChainThatSomebodyElseMakesInTheMeantimeIsNotEmptied" },
        { "writing: a stranger inserts between read and write", "ReconcilerTests.AStrangersInsertionBetweenReadAndWriteIsHealedInTheNextRound" },
        { "writing: a commit comes in between, in-process", "NftTablesTests.ACommitInBetweenMakesTheKernelRefuseTheWholeBatch" },
        { "writing: the lock is held", "LegacyLockTests.ARepairWaitsUntilAnotherProgramLetsTheLockGo" },
        { "writing: one of two tables goes through", "ToolFaultTests.AToolThatGoesOnFailingIsReportedAndHarmsNobody" },
        { "writing: exit 0 without effect", "ReconcilerTests.SuccessWithoutEffectIsNoRepairAndIsTriedAgainEverMoreSlowly" },
        { "backend: the wrong one", "BackendTests.TheVariantWithDockersChainsIsGuarded" },
        { "backend: both populated", "BackendTests.DockersChainsWeighMoreThanRulesInTheOtherVariantWhichIsWarnedOf" },
        { "backend: switched after the start", "DaemonTests.WhenDockerMovesToTheOtherVariantTheGuardFollowsAndTakesItsOldRulesAlong" },
        { "backend: the declared one is not installed", "InstalledToolsTests.TheVariantThatIsDeclaredMustBeInstalled" },
        { "drift: full flush, one rule, a policy, a jump below ACCEPT", "DaemonTests.FiveMishapsOnARealLayoutAreAllRepaired" },
        { "drift: a duplicate", "DriftKindTests.ARuleThatStandsTwiceIsADuplicate" },
        { "drift: a comment of NetGuard's on another body", "FuzzTests.Rulesets" },
        { "drift: a chain is deleted", "DriftKindTests.AChainOfTheAdministratorsThatIsGoneIsChainMissing" },
        { "drift: a line break in a comment", "LineBreakTests.WhatStandsInAStrangersCommentIsNoRule" },
        { "drift: an endless fight", "ContentionTests.AProgramThatUndoesEveryRepairIsNamedOnceAndSlowedDownAndOtherChainsAreNot" },
        { "drift: a flood", "KernelEventsTests.AStormEndsCorrectWithABoundedNumberOfChecks" },
        { "events: ENOBUFS", "KernelEventsTests.LostEventsAreAnsweredByAFullCheckAndOneLine" },
        { "events: its own writes", "KernelEventsTests.ItsOwnChangesAreNotCheckedAgain" },
        { "events: a stranger's change behind its own", "KernelEventsTests.AStrangersChangeBehindOurOwnIsSeen" },
        { "events: the writer is gone, or its number another's", "CulpritTests.WhoIsGoneIsUnknownButForTheKernelsName" },
        { "events: a commit of ten thousand rules", "KernelEventsTests.TenThousandRulesInOneCommitAreAnsweredByOneCheck" },
        { "events: bytes that no kernel sends", "HostileBytesTests.DamagedMessages" },
        { "host: /proc/sys is read-only", "HostFaultTests.WithAReadOnlyProcSysTheRulesAreRepairedAndTheSettingIsSaidToStay" },
        { "host: no br_netfilter", "HostFaultTests.WithoutBrNetfilterTheModuleIsNamedAndTheRestIsRepaired" },
        { "host: no IPv6", "HostFaultTests.AKernelWithoutIpv6IsWarnedOfAndIpv4IsRepaired" },
        { "host: the clock is set", "PauseFileTests.SettingTheClockMovesTheHourThatIsToldAndNotTheEnd" },
        { "host: the process table is full", "HostFaultTests.WhereNoProcessCanBeStartedThatIsSaidAndNothingIsHarmed" },
        { "host: 32 MB of memory", "HostFaultTests.In32MegabytesItGuardsAndRepairs" },
        { "host: killed at every step of a repair", "CrashTests.KilledAtAnyStepTheNextRunConvergesAndNoCommitEverHeldFewerDrops" },
        { "host: killed while it hands over many rules", "CrashTests.KilledWhileItHandsOverAThousandRulesNothingIsHalfApplied" },
        { "host: the configuration is deleted, or bad, under it", "DaemonTests.ABadFileAtReloadLeavesTheLastGoodOneInForce" },
        { "host: no folder for the textfile", "TelemetryTests.AFolderThatIsGoneIsSaidOnceAndHarmsNothing" },
        { "trial: the terminal dies", "TrialTests.ATerminalThatDiesTakesNothingWithIt" },
        { "trial: everything of NetGuard's is killed", "TrialTests.WhereBothAreKilledNothingIsLost" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void EachFaultHasItsTest(string fault, string test)
    {
        // Of whichever project: their sources stand together.
        var (name, method) = (test.Split('.')[0], test.Split('.')[1]);
        var found = Directory.EnumerateFiles(Tests(), name + ".cs", SearchOption.AllDirectories)
            .Any(file => Regex.IsMatch(File.ReadAllText(file), $@"\[(Fact|Theory)\b[^{{]*\b(void|Task) {method}\("));
        Assert.True(found, $"{fault}: there is no test {test}");
    }

    private static string Tests([CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "../..");
}
