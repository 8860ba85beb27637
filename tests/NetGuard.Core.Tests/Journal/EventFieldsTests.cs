using NetGuard.Core.Attribution;
using NetGuard.Core.Diff;
using NetGuard.Core.Journal;
using NetGuard.Core.State;
using Xunit;

namespace NetGuard.Core.Tests.Journal;

public class EventFieldsTests
{
    [Fact]
    public void ADriftsFieldsSayWhatAndWhereAndWhoAndForHowLong()
    {
        var drift = new Drift(DriftKind.Altered) { Family = Family.Ipv4, Chain = new(TableName.Nat, ChainName.DockerUser), Rule = "web", Expected = "-j DROP", Actual = "-j ACCEPT" };
        var fields = EventFields.Of(drift)
            .By(new(4711, "iptables") { CommandLine = "iptables -F", Unit = "cron.service" })
            .Gap(TimeSpan.FromMicroseconds(1234.9));
        Assert.Equal(
            "NETGUARD_KIND=altered NETGUARD_FAMILY=ipv4 NETGUARD_TABLE=nat NETGUARD_CHAIN=DOCKER-USER NETGUARD_RULE=web NETGUARD_EXPECTED=-j DROP "
            + "NETGUARD_ACTUAL=-j ACCEPT NETGUARD_BY_PID=4711 NETGUARD_BY_COMM=iptables NETGUARD_BY_CMDLINE=iptables -F NETGUARD_BY_UNIT=cron.service "
            + "NETGUARD_GAP_USEC=1234",
            string.Join(' ', fields.Select(field => $"{field.Key}={field.Value}")));
    }

    [Fact]
    public void WhatIsNotKnownHasNoField()
    {
        var fields = EventFields.Of(new(DriftKind.Sysctl) { Sysctl = SysctlKey.Parse("net.ipv4.ip_forward"), Expected = "1", Actual = "0", Family = Family.Ipv4 }).By(Culprit.Unknown).Gap(null);
        Assert.Equal(
            ["NETGUARD_KIND", "NETGUARD_FAMILY", "NETGUARD_SYSCTL", "NETGUARD_EXPECTED", "NETGUARD_ACTUAL", "NETGUARD_BY_COMM"],
            fields.Select(field => field.Key));
    }
}
