<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>CostSeries</name>
    <message numerus="yes">
        <source>+ %n requests of unknown cost, in no bar</source>
        <translation>
            <numerusform>+ %n request of unknown cost, in no bar</numerusform>
            <numerusform>+ %n requests of unknown cost, in no bar</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1 from %n sales</source>
        <translation>
            <numerusform>%1 from %n sale</numerusform>
            <numerusform>%1 from %n sales</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ExportDialog</name>
    <message numerus="yes">
        <source>%n rows exported</source>
        <translation>
            <numerusform>%n row exported</numerusform>
            <numerusform>%n rows exported</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>LimitRow</name>
    <message numerus="yes">
        <source>%1 tokens</source>
        <translation>
            <numerusform>%1 token</numerusform>
            <numerusform>%1 tokens</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1 requests</source>
        <translation>
            <numerusform>%1 request</numerusform>
            <numerusform>%1 requests</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PolicyWords</name>
    <message numerus="yes">
        <source>%n hosts</source>
        <translation>
            <numerusform>%n host</numerusform>
            <numerusform>%n hosts</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>gr::ui::ActivityPage</name>
    <message numerus="yes">
        <source>%n requests</source>
        <translation>
            <numerusform>%n request</numerusform>
            <numerusform>%n requests</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n of unknown cost</source>
        <translation>
            <numerusform>%n of unknown cost</numerusform>
            <numerusform>%n of unknown cost</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n failed</source>
        <translation>
            <numerusform>%n failed</numerusform>
            <numerusform>%n failed</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n requests before %1 were not recorded: the disk took no more rows.</source>
        <translation>
            <numerusform>%n request before %1 was not recorded: the disk took no more rows.</numerusform>
            <numerusform>%n requests before %1 were not recorded: the disk took no more rows.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>gr::ui::ApprovalDialog</name>
    <message numerus="yes">
        <source>%n more wait behind this one.</source>
        <translation>
            <numerusform>%n more waits behind this one.</numerusform>
            <numerusform>%n more wait behind this one.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>gr::ui::ChatList</name>
    <message numerus="yes">
        <source>%n cannot be read</source>
        <translation>
            <numerusform>%n cannot be read</numerusform>
            <numerusform>%n cannot be read</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>gr::ui::ExportBar</name>
    <message numerus="yes">
        <source>%1 requests exported</source>
        <translation>
            <numerusform>%1 request exported</numerusform>
            <numerusform>%1 requests exported</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>gr::ui::MainWindow</name>
    <message numerus="yes">
        <source>%n want attention</source>
        <translation>
            <numerusform>%n wants attention</numerusform>
            <numerusform>%n want attention</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n requests wait for you</source>
        <translation>
            <numerusform>%n request waits for you</numerusform>
            <numerusform>%n requests wait for you</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n payments wait for you</source>
        <translation>
            <numerusform>%n payment waits for you</numerusform>
            <numerusform>%n payments wait for you</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>gr::ui::OverviewPage</name>
    <message numerus="yes">
        <source>+ %n of unknown cost</source>
        <translation>
            <numerusform>+ %n of unknown cost</numerusform>
            <numerusform>+ %n of unknown cost</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n unknown</source>
        <translation>
            <numerusform>%n unknown</numerusform>
            <numerusform>%n unknown</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>today, %n requests</source>
        <translation>
            <numerusform>today, %n request</numerusform>
            <numerusform>today, %n requests</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n sales, no real money</source>
        <translation>
            <numerusform>%n sale, no real money</numerusform>
            <numerusform>%n sales, no real money</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n sales</source>
        <translation>
            <numerusform>%n sale</numerusform>
            <numerusform>%n sales</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>gr::ui::PaymentDesk</name>
    <message numerus="yes">
        <source>%n payments wait for you</source>
        <translation>
            <numerusform>%n payment waits for you</numerusform>
            <numerusform>%n payments wait for you</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>gr::ui::ProviderDetails</name>
    <message numerus="yes">
        <source>%n models</source>
        <translation>
            <numerusform>%n model</numerusform>
            <numerusform>%n models</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>It took the key and listed %n models in %1.</source>
        <translation>
            <numerusform>It took the key and listed %n model in %1.</numerusform>
            <numerusform>It took the key and listed %n models in %1.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>gr::ui::ProvidersPage</name>
    <message numerus="yes">
        <source>%1 with %n models. It is not used until you say so.</source>
        <translation>
            <numerusform>%1 with %n model. It is not used until you say so.</numerusform>
            <numerusform>%1 with %n models. It is not used until you say so.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>gr::ui::ReplayCard</name>
    <message numerus="yes">
        <source>Of %n requests, %1 would have gone elsewhere.</source>
        <translation>
            <numerusform>Of %n request, %1 would have gone elsewhere.</numerusform>
            <numerusform>Of %n requests, %1 would have gone elsewhere.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n more requests left nothing that could be replayed.</source>
        <translation>
            <numerusform>%n more request left nothing that could be replayed.</numerusform>
            <numerusform>%n more requests left nothing that could be replayed.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Of %n requests nobody kept what a rule asks about; it was taken not to hold.</source>
        <translation>
            <numerusform>Of %n request nobody kept what a rule asks about; it was taken not to hold.</numerusform>
            <numerusform>Of %n requests nobody kept what a rule asks about; it was taken not to hold.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>gr::ui::RoutingPage</name>
    <message numerus="yes">
        <source>%n changes</source>
        <translation>
            <numerusform>%n change</numerusform>
            <numerusform>%n changes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n changes, no recent request affected</source>
        <translation>
            <numerusform>%n change, no recent request affected</numerusform>
            <numerusform>%n changes, no recent request affected</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n changes, %1 of recent traffic affected</source>
        <translation>
            <numerusform>%n change, %1 of recent traffic affected</numerusform>
            <numerusform>%n changes, %1 of recent traffic affected</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Of the last %n requests, as far as is kept what they are decided by</source>
        <translation>
            <numerusform>Of the last request, as far as is kept what it is decided by</numerusform>
            <numerusform>Of the last %n requests, as far as is kept what they are decided by</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>gr::ui::RuleModel</name>
    <message numerus="yes">
        <source>%n hits in 7 days</source>
        <translation>
            <numerusform>%n hit in 7 days</numerusform>
            <numerusform>%n hits in 7 days</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>at least %n hits in 7 days</source>
        <translation>
            <numerusform>at least %n hit in 7 days</numerusform>
            <numerusform>at least %n hits in 7 days</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Of %n more requests of the last 7 days nobody kept what this rule asks about.</source>
        <translation>
            <numerusform>Of %n more request of the last 7 days nobody kept what this rule asks about.</numerusform>
            <numerusform>Of %n more requests of the last 7 days nobody kept what this rule asks about.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>gr::ui::RunningList</name>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>and %n more</numerusform>
            <numerusform>and %n more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>gr::ui::SellingPage</name>
    <message numerus="yes">
        <source>%n sales</source>
        <translation>
            <numerusform>%n sale</numerusform>
            <numerusform>%n sales</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>gr::ui::StatusStrip</name>
    <message numerus="yes">
        <source> + %n unknown</source>
        <translation>
            <numerusform> + %n unknown</numerusform>
            <numerusform> + %n unknown</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n of unknown cost today</source>
        <translation>
            <numerusform>%n of unknown cost today</numerusform>
            <numerusform>%n of unknown cost today</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n held</source>
        <translation>
            <numerusform>%n held</numerusform>
            <numerusform>%n held</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n payments wait for you</source>
        <translation>
            <numerusform>%n payment waits for you</numerusform>
            <numerusform>%n payments wait for you</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>gr::ui::StopGatewayDialog</name>
    <message numerus="yes">
        <source>Cut off in the middle: %n requests, of %1.</source>
        <translation>
            <numerusform>Cut off in the middle: %n request, of %1.</numerusform>
            <numerusform>Cut off in the middle: %n requests, of %1.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1 and %n more</source>
        <translation>
            <numerusform>%1 and %n more</numerusform>
            <numerusform>%1 and %n more</numerusform>
        </translation>
    </message>
</context>
</TS>
