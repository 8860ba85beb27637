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
        { "writing: a chain vanishes between read and write", "ReconcilerTests.AChainThatVanishesBetweenReadAndWriteIsMadeAnew" },
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
        { "backend: a kernel module is absent", "HostFaultTests.ARuleWhoseKernelModuleIsMissingIsNamedAndNothingIsHalfApplied" },
        { "drift: full flush, one rule, a policy, a jump below ACCEPT", "DaemonTests.FiveMishapsOnARealLayoutAreAllRepaired" },
        { "drift: a duplicate", "DriftKindTests.ARuleThatStandsTwiceIsADuplicate" },
        { "drift: the same comment with another body", "DriftKindTests.AnotherBodyUnderTheSameNameIsAltered" },
        { "drift: a chain is deleted", "DriftKindTests.AChainOfTheAdministratorsThatIsGoneIsChainMissing" },
        { "drift: a chain is renamed", "KernelEventsTests.AGuardedChainThatIsGivenAnotherNameIsMissed" },
        { "drift: comments of 255 bytes and more", "EventFaultTests.CommentsAsLongAsTheKernelHasThemAreReadAndKeptWhole" },
        { "drift: a line break in a comment", "LineBreakTests.WhatStandsInAStrangersCommentIsNoRule" },
        { "drift: an endless fight", "ContentionTests.AProgramThatUndoesEveryRepairIsNamedOnceAndSlowedDownAndOtherChainsAreNot" },
        { "drift: a flood", "KernelEventsTests.AStormEndsCorrectWithABoundedNumberOfChecks" },
        { "events: ENOBUFS", "KernelEventsTests.LostEventsAreAnsweredByAFullCheckAndOneLine" },
        { "events: the socket fails, and a gap until it is open anew", "KernelEventsSourceTests.ABrokenSocketIsOpenedAnewAndToldOfOnce" },
        { "events: its own writes", "KernelEventsTests.ItsOwnChangesAreNotCheckedAgain" },
        { "events: a stranger's change behind its own", "KernelEventsTests.AStrangersChangeBehindOurOwnIsSeen" },
        { "events: the writer is gone", "CulpritTests.WhoIsGoneIsUnknownButForTheKernelsName" },
        { "events: the number is another's by now", "CulpritTests.ANumberThatWasGivenToAnotherIsNotHim" },
        { "events: the writer is in another pid namespace", "EventFaultTests.AWriterInAPidNamespaceOfItsOwnIsNamedByItsNumberOutside" },
        { "events: the daemon is in a pid namespace of its own", "EventFaultTests.InAPidNamespaceOfItsOwnTheDaemonNamesNobodyWrongly" },
        { "events: a commit of ten thousand rules", "KernelEventsTests.TenThousandRulesInOneCommitAreAnsweredByOneCheck" },
        { "events: bytes that no kernel sends", "HostileBytesTests.DamagedMessages" },
        { "host: /proc/sys is read-only", "HostFaultTests.WithAReadOnlyProcSysTheRulesAreRepairedAndTheSettingIsSaidToStay" },
        { "host: no br_netfilter", "HostFaultTests.WithoutBrNetfilterTheModuleIsNamedAndTheRestIsRepaired" },
        { "host: no IPv6", "HostFaultTests.AKernelWithoutIpv6IsWarnedOfAndIpv4IsRepaired" },
        { "host: the clock is set back, and forth", "HostFaultTests.AClockThatIsSetBackAYearAndForthMovesNeitherChecksNorRepairsNorAPause" },
        { "host: the disk is full", "HostFaultTests.OnAFullDiskTheMetricsAndTheKeptPauseAreLostAndNothingElse" },
        { "host: the process table is full, for a command", "HostFaultTests.WhereNoProcessCanBeStartedThatIsSaidAndNothingIsHarmed" },
        { "host: the process table is full, for the daemon", "HostFaultTests.ADaemonInAFullProcessTableLivesAndRepairsAsSoonAsItCan" },
        { "host: 32 MB of memory", "HostFaultTests.In32MegabytesItGuardsAndRepairs" },
        { "host: killed at every step of a repair", "CrashTests.KilledAtAnyStepTheNextRunConvergesAndNoCommitEverHeldFewerDrops" },
        { "host: killed while it hands over many rules", "CrashTests.KilledWhileItHandsOverAThousandRulesNothingIsHalfApplied" },
        { "host: the configuration is deleted, or bad, under it", "DaemonTests.ABadFileAtReloadLeavesTheLastGoodOneInForce" },
        { "host: no folder for the textfile", "TelemetryTests.AFolderThatIsGoneIsSaidOnceAndHarmsNothing" },
        { "neighbours: thousands of failing processes, and a flood of calls", "HostileNeighbourTests.ThousandsOfFailingProcessesAndAFloodOfNobodysCostLittleAndDelayNothing" },
        { "neighbours: a culprit with an odd name, on the console", "HostileNeighbourTests.WhoChangesTheFirewallUnderAnOddNameForgesNothing" },
        { "neighbours: a culprit with an odd name, in the journal", "HostileNeighbourTests.WhoChangesTheFirewallUnderAnOddNameForgesNothingInTheJournal" },
        { "neighbours: containers, labels and interfaces with odd names", "HostileNeighbourTests.ContainersNetworksLabelsAndInterfacesWithOddNamesReachNoShellAndNoLog" },
        { "neighbours: comments that steer a terminal", "HostileNeighbourTests.OddCommentsOfStrangersAreShownHarmlesslyAndComeThroughASnapshot" },
        { "neighbours: messages on the bus that nobody means", "BusFuzzTests.WhateverComesOverTheBusTheDaemonAnswersAndGuards" },
        { "neighbours: a bus that talks nonsense", "BusFuzzTests.ABusThatTalksNonsenseIsLeftAndComeBackToAndTheGuardGoesOn" },
        { "reading: a commit between the tools' reading and the kernel's", "NftShortcutTests.WhatTheToolsToldBeforeACommitIsNotTakenForTheBytesBehindIt" },
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
